import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { SharedPollSubscription, SharedPollUpdateContext, SubscriptionErrorContext } from 'centrifuge';
import { WebSocket } from 'ws';
import { until } from '../support/server.ts';
import { type Collected, collect } from './support/events.ts';
import { startPollBackend } from './support/poll-backend.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { signKeys } from './support/tokens.ts';
import { encodings, plainWay, ways, type Way } from './support/ways.ts';

const backend = await startPollBackend();
const { url } = await startSuiteGateway(backend.port);

interface Viewer {
  subscription: SharedPollSubscription;
  updates: Collected<SharedPollUpdateContext>;
  /** Tracks keys from these versions on, signed for an hour. */
  track: (versions: Record<string, number>) => void;
  away: () => void;
  back: () => Promise<void>;
}

/** A client of a shared poll that is subscribed. */
async function view(way: Way, channel: string): Promise<Viewer> {
  const client = way.client(url);
  const subscription = client.newSharedPollSubscription(channel, {
    getSignature: ({ keys }) => Promise.resolve({ keys, signature: signKeys(channel, keys) }),
  });
  const viewer: Viewer = {
    subscription,
    updates: collect(subscription, 'update'),
    track(versions) {
      const items = Object.entries(versions).map(([key, version]) => ({ key, version }));
      subscription.track(items, signKeys(channel, Object.keys(versions)));
    },
    away: () => client.disconnect(),
    back() {
      client.connect();
      return subscription.ready(5_000);
    },
  };
  subscription.subscribe();
  await viewer.back();
  return viewer;
}

for (const way of ways) {
  test(`${way.name}: a tracked key comes with what the backend has, and again with each version`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: { n: 1 }, version: 1 });
    const { track, updates } = await view(way, channel);
    track({ a: 0, b: 0 });
    await updates.first(1);
    backend.set(channel, 'b', { data: { n: 2 }, version: 7 });
    await updates.first(2);
    backend.set(channel, 'a', { data: { n: 3 }, version: 2 });
    assert.deepEqual(
      (await updates.first(3)).map(({ key, data, version }) => [key, way.decode(data), version]),
      [
        ['a', { n: 1 }, 1],
        ['b', { n: 2 }, 7],
        ['a', { n: 3 }, 2],
      ],
    );
  });
}

for (const way of encodings) {
  test(`${way.name}: nothing comes that the client has already`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: 5, version: 5 });
    const { track, updates } = await view(way, channel);
    track({ a: 5 });
    await until('the backend was asked twice', () => backend.asked(channel, 'a') > 2);
    assert.equal(updates.all.length, 0);
    backend.set(channel, 'a', { data: 6, version: 6 });
    assert.equal((await updates.first(1))[0]?.version, 6);
  });

  test(`${way.name}: a removed key is said`, async () => {
    const channel = `pollpb:${randomUUID()}`;
    backend.set(channel, 'a', { data: 1, version: 1 });
    const { track, updates } = await view(way, channel);
    track({ a: 0 });
    await updates.first(1);
    backend.remove(channel, 'a');
    assert.equal((await updates.first(2))[1]?.removed, true);
  });

  test(`${way.name}: a second viewer gets a key that has not changed`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: 1, version: 1 });
    const first = await view(way, channel);
    first.track({ a: 0 });
    await first.updates.first(1);
    const second = await view(plainWay, channel);
    second.track({ a: 0 });
    assert.equal((await second.updates.first(1))[0]?.version, 1);
    assert.equal(first.updates.all.length, 1);
  });

  test(`${way.name}: who comes back gets what is newer, and nothing twice`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: 1, version: 1 });
    backend.set(channel, 'b', { data: 1, version: 1 });
    const { track, updates, away, back } = await view(way, channel);
    track({ a: 0, b: 0 });
    await updates.first(2);
    away();
    backend.set(channel, 'b', { data: 2, version: 2 });
    await back();
    const [, , newer] = await updates.first(3);
    assert.deepEqual([newer?.key, newer?.version], ['b', 2]);
    const asked = backend.asked(channel, 'a');
    await until('the backend was asked again', () => backend.asked(channel, 'a') > asked + 1);
    assert.equal(updates.all.length, 3);
  });

  test(`${way.name}: an untracked key is asked for no more`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: 1, version: 1 });
    backend.set(channel, 'b', { data: 1, version: 1 });
    const { subscription, track, updates } = await view(way, channel);
    track({ a: 0, b: 0 });
    await updates.first(2);
    subscription.untrack(['a']);
    const asked = (): number => backend.asked(channel, 'b');
    const before = asked();
    await until('a cycle has passed', () => asked() > before + 1);
    const last = backend.asked(channel, 'a');
    await until('more cycles have passed', () => asked() > before + 4);
    assert.equal(backend.asked(channel, 'a'), last);
  });

  test(`${way.name}: a false signature is refused with 103, an old one with 109, and a fresh one works after that`, async () => {
    const channel = `poll:${randomUUID()}`;
    backend.set(channel, 'a', { data: 1, version: 1 });
    const client = way.client(url);
    const subscription = client.newSharedPollSubscription(channel);
    const errors = collect<SubscriptionErrorContext>(subscription, 'error');
    const updates = collect<SharedPollUpdateContext>(subscription, 'update');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    const items = [{ key: 'a', version: 0 }];
    subscription.track(items, signKeys(channel, ['b']));
    assert.equal((await errors.first(1))[0]?.error?.code, 103);
    subscription.track(items, signKeys(channel, ['a'], -60));
    assert.equal((await errors.first(2))[1]?.error?.code, 109);
    subscription.track(items, signKeys(channel, ['a']));
    assert.equal((await updates.first(1))[0]?.key, 'a');
  });

  test(`${way.name}: without versions of the backend, changes of the data are seen and numbered from 1`, async () => {
    const channel = `pollless:${randomUUID()}`;
    backend.set(channel, 'a', { data: { n: 1 }, version: 0 });
    const { track, updates } = await view(way, channel);
    track({ a: 0 });
    await updates.first(1);
    backend.set(channel, 'a', { data: { n: 2 }, version: 0 });
    const seen = await updates.first(2);
    assert.deepEqual(
      seen.map(({ data }) => way.decode(data)),
      [{ n: 1 }, { n: 2 }],
    );
    assert.ok((seen[0]?.version ?? 0) >= 1 && (seen[1]?.version ?? 0) > (seen[0]?.version ?? 0));
  });
}

interface Answer {
  subscribe?: { epoch?: string };
  sub_refresh?: { expires?: boolean; ttl?: number };
  error?: { code: number };
}

interface BareSocket {
  ask: (id: number, command: object) => Promise<Answer>;
  /** Versions of the publications that came. */
  versions: readonly (number | undefined)[];
}

// What the official client keeps to itself, or sorts out, is seen on a bare socket.
async function openSocket(t: TestContext): Promise<BareSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/connection/websocket`);
  t.after(() => socket.terminate());
  const versions: (number | undefined)[] = [];
  const answers = new Map<number, (answer: Answer) => void>();
  socket.on('message', (frame: Buffer) => {
    for (const line of frame.toString().split('\n')) {
      const answer = JSON.parse(line) as Answer & { id?: number; push?: { pub?: { version?: number } } };
      if (answer.push?.pub !== undefined) versions.push(answer.push.pub.version);
      answers.get(answer.id ?? 0)?.(answer);
    }
  });
  await once(socket, 'open');
  const ask = (id: number, command: object): Promise<Answer> => {
    socket.send(JSON.stringify({ id, ...command }));
    return new Promise((resolve) => answers.set(id, resolve));
  };
  await ask(1, { connect: {} });
  return { ask, versions };
}

test('websocket json: a shared poll has an epoch of eight characters if the server makes the versions, and else none', async (t) => {
  const { ask } = await openSocket(t);
  const epochOf = async (id: number, channel: string): Promise<string | undefined> =>
    (await ask(id, { subscribe: { channel, type: 4 } })).subscribe?.epoch;
  assert.equal((await epochOf(2, `poll:${randomUUID()}`)) ?? '', '');
  assert.equal((await epochOf(3, `pollless:${randomUUID()}`))?.length, 8);
});

test('websocket json: a track is answered with the shortest life of its signatures, several at once with one error each', async (t) => {
  const { ask } = await openSocket(t);
  const channel = `poll:${randomUUID()}`;
  await ask(2, { subscribe: { channel, type: 4 } });
  const batch = (key: string, expiresIn: number): object => ({
    signature: signKeys(channel, [key], expiresIn),
    items: [{ key }],
  });
  const track = (id: number, ...batches: object[]): Promise<Answer> =>
    ask(id, { sub_refresh: { channel, type: 1, track: batches } });
  const { sub_refresh: short } = await track(3, batch('a', 30), batch('b', 6), batch('a', 60));
  assert.ok(short?.expires === true && (short.ttl === 5 || short.ttl === 6), JSON.stringify(short));
  const late = await Promise.all([4, 5, 6].map((id) => track(id, batch('a', -60))));
  assert.deepEqual(
    late.map(({ error }) => error?.code),
    [109, 109, 109],
  );
  assert.equal((await track(7, batch('a', 30), batch('b', -60))).error?.code, 109);
  assert.equal((await track(8)).error?.code, 107);
});

test('websocket json: a version that the client has is not sent, a newer one is, once', async (t) => {
  const { ask, versions } = await openSocket(t);
  const channel = `poll:${randomUUID()}`;
  backend.set(channel, 'a', { data: 5, version: 5 });
  await ask(2, { subscribe: { channel, type: 4 } });
  const track = [{ signature: signKeys(channel, ['a']), items: [{ key: 'a', version: 5 }] }];
  await ask(3, { sub_refresh: { channel, type: 1, track } });
  await until('the backend was asked twice', () => backend.asked(channel, 'a') > 2);
  assert.deepEqual(versions, []);
  backend.set(channel, 'a', { data: 6, version: 6 });
  await until('the new version has come', () => versions.length > 0);
  const asked = backend.asked(channel, 'a');
  await until('the backend was asked twice more', () => backend.asked(channel, 'a') > asked + 2);
  assert.deepEqual(versions, [6]);
});
