import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createForeignVerifier, generateConnectionToken, generateKeyrings } from '@parley/tokens';
import { createTokenGate } from './token-gate.ts';
import { createServerTokens } from './tokens.ts';

const nowSeconds = 1_800_000_000;
const clock = { now: () => nowSeconds * 1_000 };
const issuer = 'https://chat.example.org';
const secret = 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw';

/** A gate whose revocations hold the given subjects, and who is asked about. */
function house(options: { revoked?: string[]; hasForeign?: boolean } = {}) {
  const tokens = createServerTokens({ issuer, rings: generateKeyrings('HS256'), accessTokenLife: 900 }, clock);
  const asked: unknown[] = [];
  const gate = createTokenGate({
    tokens,
    revocations: {
      isRevoked: (claims) => {
        asked.push(claims);
        return Object.values(claims).some((value) => options.revoked?.includes(String(value)));
      },
    },
    ...(options.hasForeign === true
      ? { foreign: createForeignVerifier({ hmacSecrets: [secret], algorithms: ['HS256'] }, clock) }
      : {}),
  });
  return { tokens, gate, asked };
}

const connectionClaims = {
  sub: 'u1',
  expire_at: nowSeconds + 900,
  info: { name: 'Ada' },
  channels: ['user:u1'],
  meta: { sid: 's1', uv: 3 },
};
const subscriptionClaims = { sub: 'u1', channel: 'chat:r1', expire_at: nowSeconds + 900, sid: 's1', uv: 3, mid: 'm1' };

test('connection() grants what the token says, after asking for its session and person', () => {
  const { tokens, gate, asked } = house();
  const granted = gate.connection(tokens.connection.sign(connectionClaims, 60));
  const [{ jti, ...claims }] = asked as [{ jti: string }];
  const expireAt = nowSeconds + 900;
  // The gateway knows the connection by its session: that is what is cut when the session ends.
  const trace = { tokenId: 's1', issuedAt: nowSeconds };
  assert.deepEqual(granted, {
    ok: true,
    claims: { user: 'u1', expireAt, ...trace, info: '{"name":"Ada"}', channels: ['user:u1'] },
  });
  assert.equal(typeof jti, 'string');
  assert.deepEqual(claims, { sub: 'u1', sid: 's1', uv: 3, exp: nowSeconds + 60 });
});

test('connection() and subscription() refuse what was revoked, whichever right it rests on', () => {
  const revoked = { ok: false, problem: 'invalid', reason: 'revoked' };
  for (const subject of ['u1', 's1']) {
    const { tokens, gate } = house({ revoked: [subject] });
    assert.deepEqual(gate.connection(tokens.connection.sign(connectionClaims, 60)), revoked, subject);
  }
  for (const subject of ['u1', 's1', 'm1']) {
    const { tokens, gate } = house({ revoked: [subject] });
    assert.deepEqual(gate.subscription(tokens.subscription.sign(subscriptionClaims, 60)), revoked, subject);
  }
});

// identity 2.2: 66, 68
test('the gate takes each kind of token at its own door only', () => {
  const { tokens, gate } = house({ hasForeign: true });
  const access = { sub: 'u1', sid: 's1', uv: 3, role: 'member', scope: '', client_id: 'web' };
  assert.equal(gate.connection(tokens.access.sign(access, 60)).ok, false);
  assert.equal(gate.connection(tokens.subscription.sign(subscriptionClaims, 60)).ok, false);
  assert.equal(gate.subscription(tokens.connection.sign(connectionClaims, 60)).ok, false);
});

test('the gate tells an expired token apart, so that the client asks for a new one', () => {
  const { tokens } = house();
  const token = tokens.connection.sign(connectionClaims, 60);
  const later = createServerTokens(
    { issuer, rings: generateKeyrings('HS256'), accessTokenLife: 900 },
    { now: () => (nowSeconds + 3_600) * 1_000 },
  );
  // Same keys, an hour later: the token has expired. Other keys: it is invalid whenever it is.
  const expired = createTokenGate({
    tokens: {
      ...later,
      connection: { ...later.connection, verify: () => ({ ok: false, problem: 'expired' }) },
    },
    revocations: { isRevoked: () => false },
  });
  assert.deepEqual(expired.connection(token), { ok: false, problem: 'expired', reason: 'expired' });
  const strange = createTokenGate({ tokens: later, revocations: { isRevoked: () => false } });
  assert.deepEqual(strange.connection(token), { ok: false, problem: 'invalid', reason: 'unknown_key' });
});

test('connection() takes tokens of one’s own backend only where a secret is set', () => {
  const token = generateConnectionToken('42', secret, '1h', clock);
  assert.deepEqual(house({ hasForeign: true }).gate.connection(token), {
    ok: true,
    claims: { user: '42', expireAt: nowSeconds + 3_600, issuedAt: nowSeconds },
  });
  assert.equal(house().gate.connection(token).ok, false);
  const forged = generateConnectionToken('42', `${secret}x`, '1h', clock);
  assert.deepEqual(house({ hasForeign: true }).gate.connection(forged), {
    ok: false,
    problem: 'invalid',
    reason: 'signature',
  });
  const old = generateConnectionToken('42', secret, '1h', { now: () => (nowSeconds - 7_200) * 1_000 });
  assert.deepEqual(house({ hasForeign: true }).gate.connection(old), {
    ok: false,
    problem: 'expired',
    reason: 'expired',
  });
});

/** A token of one's own backend with any claims. */
function foreignToken(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

test('the gate grants foreign tokens the channels of one’s own application only', () => {
  const { gate } = house({ hasForeign: true });
  const exp = nowSeconds + 60;
  const refused = { ok: false, problem: 'invalid', reason: 'channel' };
  for (const channel of ['chat:r1', 'user:u1', '$chat:r1', 'xapp:a', 'app', '']) {
    const named = [
      foreignToken({ sub: '42', exp, channels: ['app:a', channel] }),
      foreignToken({ sub: '42', exp, subs: { 'app:a': {}, [channel]: {} } }),
    ];
    for (const token of named) assert.deepEqual(gate.connection(token), refused, channel);
    if (channel === '') continue;
    assert.deepEqual(gate.subscription(foreignToken({ sub: '42', exp, channel })), refused, channel);
  }
  assert.equal(gate.connection(foreignToken({ sub: '42', exp, channels: ['app:a', '$app:b'] })).ok, true);
});

test('the gate takes foreign tokens at the door of their kind only, with data and overrides', () => {
  const { gate } = house({ hasForeign: true });
  const exp = nowSeconds + 60;
  const channelToken = foreignToken({
    sub: '42',
    exp,
    channel: 'app:a',
    data: [1],
    override: { presence: { value: true }, x: 1 },
  });
  assert.deepEqual(gate.subscription(channelToken), {
    ok: true,
    claims: { user: '42', channel: 'app:a', expireAt: exp, data: '[1]', override: { presence: { value: true } } },
  });
  const wrongDoor = { ok: false, problem: 'invalid', reason: 'claims' };
  assert.deepEqual(gate.connection(channelToken), wrongDoor);
  assert.deepEqual(gate.subscription(foreignToken({ sub: '42', exp })), wrongDoor);
});

test('connection() makes the room of a token a channel of the application, whoever signed it', () => {
  const { tokens, gate } = house({ hasForeign: true });
  const own = gate.connection(tokens.connection.sign({ ...connectionClaims, room: 'lobby' }, 60));
  assert.equal(own.ok && own.claims.room, 'app:lobby');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const [room, expected] of [
    ['lobby', 'app:lobby'],
    [7, undefined],
    ['', undefined],
  ] as const) {
    const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '42', exp: nowSeconds + 60, room })}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    const foreign = gate.connection(token);
    assert.equal(foreign.ok && foreign.claims.room, expected, String(room));
  }
});
