import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import { type Centrifuge, State, SubscriptionState } from 'centrifuge';
import fc from 'fast-check';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type GatewayUnderTest, jsonTokens, startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { once, until } from '../testing/once.ts';
import { openRaw } from '../testing/raw-client.ts';
import { concerns, type Revocation, type TokenTrace } from './revocation.ts';
import { MemoryRevocations } from './store.ts';

const trace = (given: Partial<TokenTrace> = {}): TokenTrace => ({
  user: 'ann',
  channel: undefined,
  id: 'a1',
  issuedAt: 100,
  ...given,
});

const before = (issuedBefore: number, given: { user?: string; channel?: string } = {}): Revocation => ({
  kind: 'issued_before',
  user: given.user,
  channel: given.channel,
  issuedBefore,
  expiresAt: 5_000,
});

test('concerns() means the token of an id, or those issued before a time, of one or all users, for all or one channel', () => {
  const byId: Revocation = { kind: 'token', id: 'a1', expiresAt: 5_000 };
  assert.equal(concerns(byId, trace()), true);
  assert.equal(concerns(byId, trace({ channel: 'x' })), true);
  assert.equal(concerns(byId, trace({ id: 'a2' })), false);
  assert.equal(concerns(byId, trace({ id: undefined })), false);
  assert.equal(concerns(before(101), trace()), true);
  assert.equal(concerns(before(100), trace()), false);
  assert.equal(concerns(before(1), trace({ issuedAt: undefined })), true);
  assert.equal(concerns(before(101, { user: 'ann' }), trace()), true);
  assert.equal(concerns(before(101, { user: 'bob' }), trace()), false);
  assert.equal(concerns(before(101, { user: 'ann', channel: 'x' }), trace({ channel: 'x' })), true);
  assert.equal(concerns(before(101, { user: 'ann', channel: 'x' }), trace({ channel: 'y' })), false);
  assert.equal(concerns(before(101, { user: 'ann', channel: 'x' }), trace()), false);
});

const someTrace = fc.record({
  user: fc.constantFrom('', 'ann', 'bob'),
  channel: fc.constantFrom(undefined, 'x', 'y'),
  id: fc.constantFrom(undefined, '1', '2'),
  issuedAt: fc.constantFrom(undefined, 1, 2, 3),
});

const someRevocation: fc.Arbitrary<Revocation> = fc.oneof(
  fc.record({ kind: fc.constant('token' as const), id: fc.constantFrom('1', '2'), expiresAt: fc.nat(9) }),
  fc.record({
    kind: fc.constant('issued_before' as const),
    user: fc.constantFrom(undefined, '', 'ann', 'bob'),
    channel: fc.constantFrom(undefined, 'x', 'y'),
    issuedBefore: fc.nat(4),
    expiresAt: fc.nat(9),
  }),
);

test('MemoryRevocations never lets in a token that any revocation that still counts means', () => {
  fc.assert(
    fc.property(fc.array(someRevocation), someTrace, fc.nat(9), (revocations, token, now) => {
      const store = new MemoryRevocations(100);
      for (const revocation of revocations) assert.equal(store.add(revocation, 0), true);
      const isMeant = revocations.some((one) => now < one.expiresAt && concerns(one, token));
      if (isMeant) assert.equal(store.isRevoked(token, now), true);
      const isMeantByAny = revocations.some((one) => concerns(one, token));
      if (!isMeantByAny) assert.equal(store.isRevoked(token, now), false);
    }),
    { numRuns: 2_000 },
  );
});

test('MemoryRevocations keeps what an earlier revocation of the same scope revokes', () => {
  const store = new MemoryRevocations(10);
  store.add(before(200, { user: 'ann' }), 0);
  store.add({ ...before(100, { user: 'ann' }), expiresAt: 9_000 }, 0);
  assert.equal(store.isRevoked(trace({ issuedAt: 150 }), 4_999), true);
  assert.equal(store.isRevoked(trace({ issuedAt: 50 }), 8_999), true);
  assert.equal(store.isRevoked(trace({ issuedAt: 50 }), 9_000), false);
  assert.equal(store.size, 1);
});

test('MemoryRevocations forgets what has expired to make room, and refuses what finds none', () => {
  const store = new MemoryRevocations(2);
  const byId = (id: string, expiresAt: number): Revocation => ({ kind: 'token', id, expiresAt });
  assert.deepEqual(
    [store.add(byId('1', 10), 0), store.add(byId('2', 20), 0), store.add(byId('3', 30), 0)],
    [true, true, false],
  );
  assert.equal(store.isRevoked(trace({ id: '3' }), 0), false);
  assert.equal(store.isRevoked(trace({ id: '1' }), 9), true);
  assert.equal(store.isRevoked(trace({ id: '1' }), 10), false);
  assert.equal(store.add(byId('2', 40), 5), true);
  assert.equal(store.add(byId('3', 30), 15), true);
  assert.equal(store.size, 2);
  assert.equal(store.isRevoked(trace({ id: '2' }), 39), true);
});

const config = {
  client: { allow_anonymous_connect_without_token: true },
  channel: { without_namespace: { allow_subscribe_for_client: true, presence: true } },
};

async function connected(
  under: GatewayUnderTest,
  claims: object,
  getToken?: () => Promise<string>,
): Promise<Centrifuge> {
  const client = under.client({
    token: tokenOf({ user: 'ann', ...claims }),
    ...(getToken === undefined ? {} : { getToken }),
  });
  client.connect();
  await client.ready(5_000);
  return client;
}

test('revoke_token ends the connection with 3014 within a second, and the client comes back with a new token only', async (t) => {
  const under = await startGateway(t, config);
  let given = 0;
  const asked = () => {
    given += 1;
    return Promise.resolve(tokenOf({ user: 'ann', tokenId: `new ${given}` }));
  };
  const client = await connected(under, { tokenId: 'stolen' }, asked);
  const other = await connected(under, { tokenId: 'another' });
  const codes: number[] = [];
  client.on('connecting', ({ code }) => codes.push(code));
  const again = once('connected again', (done) => client.on('connected', done));
  const start = performance.now();
  assert.deepEqual(await under.gateway.serverApi.call('revoke_token', { uid: 'stolen' }), { result: {} });
  await again;
  assert.ok(performance.now() - start < 1_000, 'within a second');
  assert.deepEqual([codes, given, other.state], [[3014], 1, State.Connected]);
  const thief = await openRaw(t, under.url);
  thief.send({ id: 1, connect: { token: tokenOf({ user: 'ann', tokenId: 'stolen' }) } });
  assert.deepEqual(await thief.closed, [3500, 'invalid token']);
});

test('invalidate_user_tokens ends what a user came in with before, also a subscription on its own with 2502', async (t) => {
  const under = await startGateway(t, config);
  const [old, young, bob] = [
    await connected(under, { issuedAt: 100 }),
    await connected(under, { issuedAt: 300 }),
    await connected(under, { issuedAt: 100, user: 'bob' }),
  ];
  const tokens = [
    tokenOf({ user: 'ann', channel: '$x', issuedAt: 100 }),
    tokenOf({ user: 'ann', channel: '$x', issuedAt: 300 }),
  ];
  const subscription = young.newSubscription('$x', {
    token: tokens[0] ?? '',
    getToken: () => Promise.resolve(tokens[1] ?? ''),
  });
  const codes: number[] = [];
  subscription.on('subscribing', ({ code }) => codes.push(code));
  subscription.subscribe();
  await subscription.ready(5_000);
  codes.length = 0;
  const ended = once('the old one ends', (done) => old.on('disconnected', done));
  const renewed = once('subscribed again', (done) => subscription.on('subscribed', done));
  const call = { user: 'ann', issued_before: 200 };
  assert.deepEqual(await under.gateway.serverApi.call('invalidate_user_tokens', call), { result: {} });
  await Promise.all([ended, renewed]);
  assert.deepEqual(codes, [2502]);
  assert.deepEqual(
    [young.state, bob.state, subscription.state],
    [State.Connected, State.Connected, SubscriptionState.Subscribed],
  );
});

test('invalidate_user_tokens with a channel ends that subscription only, with all_users that of everybody', async (t) => {
  const under = await startGateway(t, config);
  const ends: string[] = [];
  for (const user of ['ann', 'bob']) {
    const client = await connected(under, { user, issuedAt: 300 });
    for (const channel of ['$x', '$y']) {
      const subscription = client.newSubscription(channel, { token: tokenOf({ user, channel, issuedAt: 100 }) });
      subscription.on('unsubscribed', () => ends.push(`${user} ${channel}`));
      subscription.subscribe();
      await subscription.ready(5_000);
    }
  }
  const call = (params: object) =>
    under.gateway.serverApi.call('invalidate_user_tokens', { user: '', issued_before: 200, ...params });
  await call({ user: 'ann', channel: '$x' });
  await until('one ends', () => ends.length === 1);
  await call({ all_users: true, channel: '$y' });
  await until('two more end', () => ends.length === 3);
  assert.deepEqual([ends[0], ends.slice(1).sort()], ['ann $x', ['ann $y', 'bob $y']]);
  assert.equal(under.gateway.stats().connections, 2);
  await call({ all_users: true, issued_before: 301 });
  await until('everybody is gone', () => under.gateway.stats().connections === 0);
});

test('revoked tokens are refused at subscribe, refresh and sub_refresh until the revocation expires', async (t) => {
  const clock = createFakeClock();
  const under = await startGateway(t, { ...config, client: { ping_interval: '0s', pong_timeout: '0s' } }, { clock });
  const expire_at = clock.now() / 1000 + 10;
  await under.gateway.serverApi.call('revoke_token', { uid: 'bad', expire_at });
  const bad = (channel?: string) =>
    tokenOf({ user: 'ann', tokenId: 'bad', ...(channel === undefined ? {} : { channel }) });
  const good = (channel?: string) => tokenOf({ user: 'ann', ...(channel === undefined ? {} : { channel }) });
  const attempt = async (id: number, ...commands: object[]) => {
    const raw = await openRaw(t, under.url);
    raw.send({ id: 1, connect: { token: good() } }, ...commands);
    const closed = raw.closed.then(([code]) => code);
    return Promise.race([
      closed,
      raw.reply(id).then(({ error }) => (error as { code: number } | undefined)?.code ?? 'ok'),
    ]);
  };
  const subscribe = { id: 2, subscribe: { channel: 'x', token: good('x') } };
  assert.equal(await attempt(2, { id: 2, subscribe: { channel: 'x', token: bad('x') } }), 103);
  assert.equal(await attempt(2, { id: 2, refresh: { token: bad() } }), 3500);
  assert.equal(await attempt(3, subscribe, { id: 3, sub_refresh: { channel: 'x', token: bad('x') } }), 3500);
  clock.tick(10_000);
  assert.equal(await attempt(2, { id: 2, subscribe: { channel: 'x', token: bad('x') } }), 'ok');
  assert.equal(await attempt(2, { id: 2, refresh: { token: bad() } }), 'ok');
});

test('a token that is revoked while it is judged lets nobody in', async (t) => {
  const waiting: (() => void)[] = [];
  const slow = <Answer>(answer: Answer) => new Promise<Answer>((resolve) => waiting.push(() => resolve(answer)));
  const under = await startGateway(t, config, {
    tokens: {
      connection: (token) => slow(jsonTokens.connection(token) as never),
      subscription: (token) => slow(jsonTokens.subscription(token) as never),
    },
  });
  const raw = await openRaw(t, under.url);
  raw.send({ id: 1, connect: { token: tokenOf({ user: 'ann', tokenId: 'bad' }) } });
  await until('it is judged', () => waiting.length === 1);
  const revoked = under.gateway.serverApi.call('revoke_token', { uid: 'bad' });
  waiting[0]?.();
  await revoked;
  assert.deepEqual(await raw.closed, [3500, 'invalid token']);
});

test('the calls refuse an empty scope and an end that is over', async (t) => {
  const { gateway } = await startGateway(t, config);
  const call: typeof gateway.serverApi.call = (method, params) => gateway.serverApi.call(method, params);
  const codes = [
    await call('revoke_token', { uid: '' }),
    await call('revoke_token', { uid: 'x', expire_at: 1 }),
    await call('invalidate_user_tokens', { user: '' }),
    await call('invalidate_user_tokens', { user: 'ann', all_users: true }),
    await call('invalidate_user_tokens', { user: 'ann', expire_at: 1 }),
  ].map(({ error }) => error?.code);
  assert.deepEqual(codes, [107, 107, 107, 107, 107]);
});

test('connections are listed in pages, by user and by channel, with what is known and no secret', async (t) => {
  const under = await startGateway(t, { ...config, http_api: { insecure: true } });
  const expireAt = Math.floor(Date.now() / 1000) + 600;
  for (let count = 0; count < 5; count += 1) {
    const claims = {
      user: count < 3 ? 'ann' : 'bob',
      tokenId: `id ${count}`,
      issuedAt: 100,
      expireAt,
      meta: rawJson('canary'),
    };
    const client = under.client({ token: tokenOf(claims), name: 'app', version: '1.2' });
    client.connect();
    await client.ready(5_000);
    if (count === 0) await subscribeTo(client, 'x');
  }
  const list = async (params: object) => {
    const reply = await under.gateway.serverApi.call('connections', params);
    return { cursor: reply.result?.cursor, found: Object.values(reply.result?.connections ?? {}), error: reply.error };
  };
  const seen: (string | undefined)[] = [];
  let { cursor, found } = await list({ limit: 2 });
  while (cursor !== undefined) {
    seen.push(...found.map(({ token_uid }) => token_uid));
    ({ cursor, found } = await list({ limit: 2, cursor }));
  }
  seen.push(...found.map(({ token_uid }) => token_uid));
  assert.deepEqual(seen, ['id 0', 'id 1', 'id 2', 'id 3', 'id 4']);
  assert.deepEqual(
    (await list({ user: 'bob' })).found.map(({ token_uid }) => token_uid),
    ['id 3', 'id 4'],
  );
  const [inX, ...others] = (await list({ channel: 'x', with_channels: true })).found;
  assert.deepEqual(others, []);
  const { client, connected_at, ...rest } = inX ?? assert.fail('nobody is in x');
  assert.match(client, /^[-0-9a-f]{36}$/);
  assert.ok(Math.abs(connected_at - Date.now() / 1000) < 60);
  assert.deepEqual(rest, {
    user: 'ann',
    transport: 'websocket',
    protocol: 'json',
    app_name: 'app',
    app_version: '1.2',
    expire_at: expireAt,
    token_uid: 'id 0',
    token_issued_at: 100,
    num_channels: 1,
    channels: ['x'],
  });
  assert.equal((await list({ cursor: 'nonsense' })).error?.code, 107);
  const response = await fetch(`${under.httpUrl}/api/connections`, {
    method: 'POST',
    body: '{"user":"ann","limit":1}',
  });
  const text = await response.text();
  assert.match(text, /^\{"result":\{"connections":\{"[-0-9a-f]{36}":\{.*\}\},"cursor":"[^"]+"\}\}$/);
  assert.doesNotMatch(text, /canary/);
});

async function subscribeTo(client: Centrifuge, channel: string): Promise<void> {
  const subscription = client.newSubscription(channel);
  subscription.subscribe();
  await subscription.ready(5_000);
}
