// The contract of a broker as tests: every implementation runs them, with a factory of its own.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Payload, rawJson, type StreamPosition, type WirePublication } from '@parley/protocol';
import type { FakeClock } from '../../testing/fake-clock.ts';
import type { Broker, BrokerEvents, HistoryQuery, HistorySettings } from '../broker.ts';

/** Makes a broker for one test that hands over to `events`; its time is `clock`, and it ends with the test. */
export type MakeBroker = (t: TestContext, events: BrokerEvents) => Promise<{ broker: Broker; clock: FakeClock }>;

const history: HistorySettings = { size: 3, ttlMs: 10_000, metaTtlMs: 60_000 };
const metaTtlMs = history.metaTtlMs;

interface Delivered {
  channel: string;
  publication: WirePublication;
  epoch: string;
  base?: Payload;
}

/** Runs the contract against one implementation. */
export function testBroker(name: string, make: MakeBroker): void {
  const start = async (t: TestContext) => {
    const delivered: Delivered[] = [];
    const announced: string[] = [];
    const events: BrokerEvents = {
      onPublication: (channel, { publication, epoch, base }) =>
        void delivered.push({ channel, publication, epoch, ...(base === undefined ? {} : { base }) }),
      onJoin: (channel, info) => void announced.push(`join ${channel} ${info.client}`),
      onLeave: (channel, info) => void announced.push(`leave ${channel} ${info.client}`),
    };
    const made = await make(t, events);
    await made.broker.subscribe('c');
    const publish = (value: number, settings: object = { history }) =>
      made.broker.publish('c', { data: rawJson(value) }, settings);
    const read = async (query: Partial<HistoryQuery> = {}) => {
      const part = await made.broker.history('c', { limit: -1, metaTtlMs, ...query });
      return { values: part.publications.map(({ data }) => Number(data)), position: part.position };
    };
    return { ...made, delivered, announced, publish, read };
  };

  test(`${name}: offsets begin at 1 and are gapless; what is delivered carries them and the epoch of the stream`, async (t) => {
    const { publish, delivered } = await start(t);
    const positions = [await publish(10), await publish(20)];
    const [{ epoch } = { epoch: '' }] = positions;
    assert.match(epoch, /^.+$/);
    assert.deepEqual(positions, [
      { offset: 1, epoch },
      { offset: 2, epoch },
    ]);
    assert.deepEqual(delivered, [
      { channel: 'c', publication: { data: '10', offset: 1, epoch }, epoch },
      { channel: 'c', publication: { data: '20', offset: 2 }, epoch },
    ]);
  });

  test(`${name}: publications made at once are delivered in the order of their offsets`, async (t) => {
    const { publish, delivered } = await start(t);
    const positions = await Promise.all(Array.from({ length: 50 }, (_, index) => publish(index)));
    assert.deepEqual(
      delivered.map(({ publication }) => publication.offset),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    for (const [index, position] of positions.entries()) {
      assert.equal(delivered[position.offset - 1]?.publication.data, String(index));
    }
  });

  test(`${name}: without history there is no position and nothing to read`, async (t) => {
    const { publish, read, delivered } = await start(t);
    assert.deepEqual(await publish(1, {}), { offset: 0, epoch: '' });
    assert.equal(delivered[0]?.publication.offset, 0);
    assert.deepEqual((await read()).values, []);
  });

  test(`${name}: a stream keeps its newest publications only`, async (t) => {
    const { publish, read } = await start(t);
    for (let value = 1; value <= 20; value += 1) await publish(value);
    const { values, position } = await read();
    assert.deepEqual([values, position.offset], [[18, 19, 20], 20]);
  });

  test(`${name}: history reads by limit, position and direction`, async (t) => {
    const { publish, read } = await start(t);
    for (let value = 1; value <= 5; value += 1) await publish(value);
    const since = (offset: number): { since: StreamPosition } => ({ since: { offset, epoch: '' } });
    for (const [query, expected] of [
      [{ limit: 0 }, []],
      [{ limit: 2 }, [3, 4]],
      [{ limit: 9 }, [3, 4, 5]],
      [{ limit: 2, reverse: true }, [5, 4]],
      [{ ...since(3) }, [4, 5]],
      [{ ...since(3), limit: 1 }, [4]],
      [{ ...since(0) }, [3, 4, 5]],
      [{ ...since(5) }, []],
      [{ ...since(99) }, []],
      [{ ...since(5), reverse: true }, [4, 3]],
      [{ ...since(99), reverse: true }, [5, 4, 3]],
      [{ ...since(3), reverse: true }, []],
    ] as const) {
      assert.deepEqual((await read(query)).values, expected, JSON.stringify(query));
    }
  });

  test(`${name}: publications go when nothing was published for the TTL; offset and epoch stay`, async (t) => {
    const { publish, read, clock } = await start(t);
    const { epoch } = await publish(1);
    clock.tick(9_000);
    await publish(2);
    clock.tick(9_999);
    assert.deepEqual((await read()).values, [1, 2]);
    clock.tick(1);
    assert.deepEqual(await read(), { values: [], position: { offset: 2, epoch } });
    assert.deepEqual(await publish(3), { offset: 3, epoch });
  });

  test(`${name}: offset and epoch go after the meta TTL, which reads renew; then a new epoch begins`, async (t) => {
    const { publish, read, clock } = await start(t);
    const { epoch } = await publish(1);
    clock.tick(59_000);
    assert.equal((await read()).position.epoch, epoch);
    clock.tick(59_000);
    assert.deepEqual((await read()).position, { offset: 1, epoch });
    clock.tick(60_000);
    const { position } = await read();
    assert.equal(position.offset, 0);
    assert.notEqual(position.epoch, epoch);
  });

  test(`${name}: a first read makes the stream`, async (t) => {
    const { publish, read } = await start(t);
    const { position } = await read({ limit: 0 });
    assert.equal(position.offset, 0);
    assert.deepEqual(await publish(1), { offset: 1, epoch: position.epoch });
  });

  test(`${name}: removeHistory() drops what is stored; offset and epoch go on`, async (t) => {
    const { broker, publish, read } = await start(t);
    const { epoch } = await publish(1);
    await broker.removeHistory('c');
    assert.deepEqual(await read(), { values: [], position: { offset: 1, epoch } });
    assert.deepEqual(await publish(2), { offset: 2, epoch });
    assert.deepEqual((await read()).values, [2]);
    await broker.removeHistory('never seen');
  });

  test(`${name}: the same idempotency key publishes once within five minutes, with and without history`, async (t) => {
    const { broker, publish, delivered, clock } = await start(t);
    for (const settings of [{ history, idempotencyKey: 'k' }, { idempotencyKey: 'other' }]) {
      delivered.length = 0;
      const first = await publish(1, settings);
      assert.deepEqual(await publish(2, settings), { ...first, suppressed: 'idempotency' });
      assert.deepEqual(
        delivered.map(({ publication }) => publication.data),
        ['1'],
      );
    }
    await broker.subscribe('another channel');
    await broker.publish('another channel', { data: rawJson(3) }, { idempotencyKey: 'k' });
    assert.equal(delivered.length, 2);
    clock.tick(300_000);
    await publish(4, { history, idempotencyKey: 'k' });
    assert.equal(delivered.at(-1)?.publication.data, '4');
  });

  test(`${name}: a version that is not newer is dropped; another version epoch begins again`, async (t) => {
    const { publish, delivered } = await start(t);
    const suppressed: (string | undefined)[] = [];
    for (const [value, version, versionEpoch] of [
      [1, 5, ''],
      [2, 5, ''],
      [3, 4, ''],
      [4, 6, 'b'],
      [5, 6, 'b'],
      [6, 1, 'c'],
      [7, 1, ''],
    ] as const) {
      suppressed.push((await publish(value, { history, version, versionEpoch })).suppressed);
    }
    assert.deepEqual(
      delivered.map(({ publication }) => publication.data),
      ['1', '4', '6'],
    );
    const no = 'version';
    assert.deepEqual(suppressed, [undefined, no, no, undefined, no, undefined, no]);
    assert.equal((await publish(8, { history, version: 1 })).offset, 3);
  });

  test(`${name}: joins and leaves are handed over`, async (t) => {
    const { broker, announced } = await start(t);
    await broker.publishJoin('c', { user: 'u', client: 'x' });
    await broker.publishLeave('c', { user: 'u', client: 'x' });
    assert.deepEqual(announced, ['join c x', 'leave c x']);
  });
}
