// The contract of a map broker as tests: every implementation runs them, with a factory of its own.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import { type Arrived, isCleared } from '../../hub/delivery.ts';
import type { FakeClock } from '../../testing/fake-clock.ts';
import type { BrokerEvents } from '../broker.ts';
import { type MapBroker, type MapPublishSettings, type MapStateQuery, type MapStorage } from '../map-broker.ts';

/** Makes a map broker for one test that hands over to `events`; its time is `clock`, and it ends with the test. */
export type MakeMapBroker = (
  t: TestContext,
  events: Pick<BrokerEvents, 'onPublication'>,
) => Promise<{ broker: MapBroker; clock: FakeClock }>;

/** A map with a stream whose keys live for five seconds. */
const recoverable: MapStorage = {
  hasStream: true,
  keyTtlMs: 5_000,
  streamSize: 3,
  streamTtlMs: 20_000,
  metaTtlMs: 60_000,
};
const persistent: MapStorage = { ...recoverable, keyTtlMs: 0, metaTtlMs: 0 };
const ephemeral: MapStorage = { hasStream: false, keyTtlMs: 5_000, streamSize: 0, streamTtlMs: 0, metaTtlMs: 0 };

/** Runs the contract against one implementation. */
export function testMapBroker(name: string, make: MakeMapBroker): void {
  const start = async (t: TestContext, map: MapStorage = recoverable) => {
    const delivered: Arrived[] = [];
    const made = await make(t, { onPublication: (_channel, arrived) => void delivered.push(arrived) });
    await made.broker.subscribe('c');
    /** Lets time pass; what is handed over because of it has arrived when this resolves, for the broker answers in order. */
    const pass = async (ms: number): Promise<void> => {
      made.clock.tick(ms);
      await made.broker.count('c');
    };
    return { ...made, delivered, pass, ...operations(made.broker, map) };
  };

  test(`${name}: a change is numbered, kept at its key and handed over; offsets are gapless`, async (t) => {
    const { set, broker, state, stream, delivered } = await start(t);
    const info = { user: 'u', client: 'x' };
    const first = await broker.publish(
      'c',
      { key: 'b', data: rawJson(1), tags: { t: '1' }, info },
      { map: recoverable },
    );
    assert.ok(first.ok);
    const { epoch } = first.position;
    assert.match(epoch, /^.+$/);
    assert.deepEqual(first, { ok: true, position: { offset: 1, epoch } });
    assert.deepEqual(await set('a', 2), { ok: true, position: { offset: 2, epoch } });
    assert.deepEqual(await broker.remove('c', 'b', { map: recoverable }), { ok: true, position: { offset: 3, epoch } });
    const removal = { key: 'b', removed: true, tags: { t: '1' }, offset: 3 };
    assert.deepEqual(
      delivered.map(({ publication, epoch: of }) => ({ ...publication, of })),
      [
        { key: 'b', data: '1', tags: { t: '1' }, info, offset: 1, of: epoch },
        { key: 'a', data: '2', offset: 2, of: epoch },
        { ...removal, of: epoch },
      ],
    );
    assert.deepEqual(await state(), {
      entries: [{ key: 'a', data: '2', offset: 2 }],
      position: { offset: 3, epoch },
      cursor: '',
    });
    assert.deepEqual((await stream()).publications.slice(1), [{ key: 'a', data: '2', offset: 2 }, removal]);
  });

  test(`${name}: a change of a key that gets other tags has the former ones beside it, in the stream as well`, async (t) => {
    for (const map of [recoverable, ephemeral]) {
      const { broker, state, stream, delivered } = await start(t, map);
      const setTags = (tags?: Record<string, string>) =>
        broker.publish('c', { key: 'a', ...(tags === undefined ? {} : { tags }) }, { map });
      await setTags({ t: '1' });
      await setTags({ t: '1' });
      await setTags({ t: '2' });
      await setTags();
      await setTags({ t: '3' });
      await broker.remove('c', 'a', { map, tags: { t: '4' } });
      const former = [undefined, undefined, { t: '1' }, { t: '2' }, {}, { t: '3' }];
      assert.deepEqual(
        delivered.map(({ publication }) => publication.formerTags),
        former,
      );
      const stored = (await stream()).publications.map(({ formerTags }) => formerTags);
      assert.deepEqual(stored, map.hasStream ? former.slice(-3) : []);
      assert.deepEqual((await state()).entries, []);
    }
  });

  test(`${name}: without a stream offsets are 0, and the epoch has a name all the same`, async (t) => {
    const { set, broker, state, delivered, stream } = await start(t, ephemeral);
    const written = await set('a', 1);
    assert.ok(written.ok);
    assert.equal(written.position.offset, 0);
    assert.match(written.position.epoch, /^.+$/);
    await broker.remove('c', 'a', { map: ephemeral });
    assert.deepEqual(
      delivered.map(({ publication }) => publication),
      [
        { key: 'a', data: '1', offset: 0 },
        { key: 'a', removed: true, offset: 0 },
      ],
    );
    assert.deepEqual([(await state()).entries, (await stream()).publications], [[], []]);
  });

  test(`${name}: pages follow the byte order of keys, and the cursor is the last key of a page with more behind it`, async (t) => {
    const { set, page } = await start(t);
    for (const key of ['k2', '\u{10000}', 'K', '\uffff', 'k10', 'é']) await set(key, 1);
    const order = ['K', 'k10', 'k2', 'é', '\uffff', '\u{10000}'];
    assert.deepEqual(await page({ limit: -1 }), [order, '']);
    assert.deepEqual(await page({ limit: 6 }), [order, '']);
    assert.deepEqual(await page({ limit: 2 }), [['K', 'k10'], 'k10']);
    assert.deepEqual(await page({ limit: 2, after: 'k10' }), [['k2', 'é'], 'é']);
    assert.deepEqual(await page({ limit: 2, after: 'k11' }), [['k2', 'é'], 'é']);
    assert.deepEqual(await page({ limit: 2, after: 'é' }), [['\uffff', '\u{10000}'], '']);
    assert.deepEqual(await page({ limit: 2, after: '\u{10000}' }), [[], '']);
    assert.deepEqual(await page({ limit: 0 }), [[], '']);
    assert.deepEqual(await page({ limit: -1, key: 'k2' }), [['k2'], '']);
    assert.deepEqual(await page({ limit: -1, key: 'k3' }), [[], '']);
  });

  test(`${name}: the stream keeps its newest changes, for its time; offset and epoch go on`, async (t) => {
    const { set, stream, clock } = await start(t, persistent);
    for (let value = 1; value <= 5; value += 1) await set('a', value);
    const { publications, position } = await stream();
    assert.deepEqual([publications.map(({ offset }) => offset), position.offset], [[3, 4, 5], 5]);
    const since = { offset: 4, epoch: '' };
    assert.deepEqual((await stream({ since })).publications, [{ key: 'a', data: '5', offset: 5 }]);
    assert.deepEqual((await stream({ limit: 0 })).publications, []);
    const reversed = await stream({ since, reverse: true, limit: 1 });
    assert.deepEqual(
      reversed.publications.map(({ offset }) => offset),
      [3],
    );
    clock.tick(20_000);
    assert.deepEqual(await stream(), { publications: [], position });
    clock.tick(24 * 3600_000);
    assert.deepEqual(await set('a', 6), { ok: true, position: { offset: 6, epoch: position.epoch } });
  });

  test(`${name}: a key that is not published again is removed about when its time is over, with its tags`, async (t) => {
    const { set, broker, state, delivered, clock, pass } = await start(t);
    await broker.publish('c', { key: 'a', tags: { t: '1' } }, { map: recoverable });
    await set('b', 1);
    clock.tick(4_000);
    await set('b', 2);
    await pass(2_999);
    assert.deepEqual(delivered.at(-1)?.publication, { key: 'a', removed: true, tags: { t: '1' }, offset: 4 });
    assert.deepEqual(
      (await state()).entries.map(({ key }) => key),
      ['b'],
    );
    await pass(4_000);
    assert.deepEqual(delivered.at(-1)?.publication, { key: 'b', removed: true, offset: 5 });
    assert.equal(delivered.length, 5);
  });

  test(`${name}: an unused map is forgotten after its meta TTL, and begins again with another epoch`, async (t) => {
    const { set, stream, clock } = await start(t);
    await set('a', 1);
    const { epoch } = (await stream({ limit: 0 })).position;
    clock.tick(59_000);
    assert.equal((await stream({ limit: 0 })).position.epoch, epoch);
    clock.tick(61_000);
    const { position } = await stream({ limit: 0 });
    assert.equal(position.offset, 0);
    assert.notEqual(position.epoch, epoch);
  });

  test(`${name}: a first read makes the map`, async (t) => {
    const { set, state } = await start(t);
    const { entries, position, cursor } = await state();
    assert.deepEqual([entries, position.offset, cursor], [[], 0, '']);
    assert.deepEqual(await set('a', 1), { ok: true, position: { offset: 1, epoch: position.epoch } });
  });

  test(`${name}: the same idempotency key writes once within five minutes and returns the first position`, async (t) => {
    const { set, remove, delivered, clock } = await start(t, persistent);
    const first = await set('a', 1, { idempotencyKey: 'k' });
    await set('a', 2);
    assert.deepEqual(await set('a', 3, { idempotencyKey: 'k' }), { ...first, suppressed: 'idempotency' });
    assert.deepEqual(await remove('a', { idempotencyKey: 'k' }), { ...first, suppressed: 'idempotency' });
    assert.equal(delivered.length, 2);
    const removed = await remove('a', { idempotencyKey: 'r' });
    await set('a', 4);
    assert.deepEqual(await remove('a', { idempotencyKey: 'r' }), { ...removed, suppressed: 'idempotency' });
    clock.tick(300_000);
    assert.deepEqual(Object.keys(await set('a', 5, { idempotencyKey: 'k' })), ['ok', 'position']);
  });

  test(`${name}: a version that is not newer is dropped, by key; another version epoch begins again`, async (t) => {
    const { set, delivered } = await start(t);
    for (const [key, value, version, versionEpoch, suppressed] of [
      ['a', 1, 5, '', undefined],
      ['a', 2, 5, '', 'version'],
      ['a', 3, 4, '', 'version'],
      ['b', 4, 1, '', undefined],
      ['a', 5, 6, 'x', undefined],
      ['a', 6, 6, 'x', 'version'],
      ['a', 7, 1, 'y', undefined],
      ['a', 8, 1, '', 'version'],
      ['a', 9, 0, '', undefined],
    ] as const) {
      const written = await set(key, value, { version, versionEpoch });
      assert.ok(written.ok);
      assert.equal(written.suppressed, suppressed, String(value));
    }
    assert.deepEqual(
      delivered.map(({ publication }) => publication.data),
      ['1', '4', '5', '7', '9'],
    );
  });

  test(`${name}: key modes write only where the key is, or is not; the checks come in their order`, async (t) => {
    const { set, remove, delivered, stream } = await start(t);
    const suppressedOf = async (written: ReturnType<typeof set>) => {
      const result = await written;
      return result.ok ? result.suppressed : result.problem;
    };
    assert.equal(await suppressedOf(set('a', 1, { keyMode: 'if_exists' })), 'key_not_found');
    assert.equal(await suppressedOf(remove('a')), 'key_not_found');
    assert.equal(await suppressedOf(set('a', 2, { keyMode: 'if_new', version: 3 })), undefined);
    assert.equal(await suppressedOf(set('a', 3, { keyMode: 'if_new', version: 3 })), 'version');
    assert.equal(await suppressedOf(set('a', 3, { keyMode: 'if_new', version: 4 })), 'key_exists');
    assert.equal(await suppressedOf(set('a', 4, { keyMode: 'if_exists', version: 4 })), undefined);
    assert.equal(delivered.length, 2);
    assert.equal((await stream()).position.offset, 2);
  });

  test(`${name}: renewsTtl keeps a key that is there alive without a change`, async (t) => {
    const { set, delivered, clock, pass } = await start(t);
    const enter = () => set('a', 1, { keyMode: 'if_new', renewsTtl: true });
    await enter();
    for (let second = 0; second < 20; second += 4) {
      clock.tick(4_000);
      await enter();
    }
    assert.equal(delivered.length, 1);
    await set('a', 1, { keyMode: 'if_new' });
    await pass(7_000);
    assert.deepEqual(
      delivered.map(({ publication }) => publication.removed),
      [undefined, true],
    );
  });

  test(`${name}: with delta the former value of the same key is handed over`, async (t) => {
    const { set, remove, delivered } = await start(t);
    await set('a', 1, { delta: true });
    await set('b', 2, { delta: true });
    await set('a', 3, { delta: true });
    await set('a', 4);
    await remove('a');
    await set('a', 5, { delta: true });
    assert.deepEqual(
      delivered.map(({ base }) => base),
      [undefined, undefined, '1', undefined, undefined, undefined],
    );
  });

  test(`${name}: clear() drops everything, gives a new epoch and says so`, async (t) => {
    const { set, broker, state, stream, delivered, clock } = await start(t);
    await set('a', 1);
    const { epoch } = (await stream()).position;
    await broker.clear('c', recoverable);
    const after = await state();
    assert.deepEqual([after.entries, after.position.offset, await broker.count('c')], [[], 0, 0]);
    assert.notEqual(after.position.epoch, epoch);
    assert.deepEqual((await stream()).publications, []);
    const last = delivered.at(-1);
    assert.ok(last !== undefined && isCleared(last.publication));
    assert.equal(last.epoch, after.position.epoch);
    clock.tick(10_000);
    assert.equal(delivered.length, 2);
  });

  test(`${name}: count() is the number of keys`, async (t) => {
    const { set, remove, broker } = await start(t);
    assert.equal(await broker.count('c'), 0);
    await set('a', 1);
    await set('b', 1);
    await set('a', 2);
    assert.equal(await broker.count('c'), 2);
    await remove('a');
    assert.equal(await broker.count('c'), 1);
  });
}

function operations(broker: MapBroker, map: MapStorage) {
  const state = (query: Partial<MapStateQuery> = {}) => broker.readState('c', { map, limit: -1, after: '', ...query });
  return {
    state,
    set: (key: string, value: number, settings: Partial<MapPublishSettings> = {}) =>
      broker.publish('c', { key, data: rawJson(value) }, { map, ...settings }),
    remove: (key: string, settings: { idempotencyKey?: string } = {}) => broker.remove('c', key, { map, ...settings }),
    stream: (query: Partial<Parameters<MapBroker['readStream']>[1]> = {}) =>
      broker.readStream('c', { map, limit: -1, ...query }),
    page: async (query: Partial<MapStateQuery>) => {
      const { entries, cursor } = await state(query);
      return [entries.map(({ key }) => key), cursor];
    },
  };
}
