import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfig, type GatewayConfigInput, readGatewayConfig } from '@parley/gateway';
import { signForeign } from '@parley/tokens';
import { createReplaceableGate } from './token-gate.ts';

function clientOf(client: GatewayConfigInput['client']): GatewayConfig['client'] {
  const read = readGatewayConfig({ client });
  if (!read.ok) throw new Error(read.problems.join('; '));
  return read.config.client;
}

const subscription = { sub: '42', channel: 'news' };

test('createReplaceableGate() judges subscriptions by the options of connections, or by their own', async () => {
  const shared = createReplaceableGate(clientOf({ token: { hmac_secret_key: 'one' } }));
  assert.ok(shared.ok);
  assert.equal((await shared.gate.connection(signForeign({ sub: '42' }, 'one'))).ok, true);
  assert.equal((await shared.gate.subscription(signForeign(subscription, 'one'))).ok, true);
  const apart = createReplaceableGate(
    clientOf({ token: { hmac_secret_key: 'one' }, subscription_token: { enabled: true, hmac_secret_key: 'two' } }),
  );
  assert.ok(apart.ok);
  assert.equal((await apart.gate.subscription(signForeign(subscription, 'one'))).ok, false);
  assert.equal((await apart.gate.subscription(signForeign(subscription, 'two'))).ok, true);
});

test('replace() changes the secret for tokens from then on, or nothing when the options are refused', async () => {
  const made = createReplaceableGate(clientOf({ token: { hmac_secret_key: 'one' } }));
  assert.ok(made.ok);
  const isGood = async (secret: string) => (await made.gate.connection(signForeign({ sub: '42' }, secret))).ok;
  assert.deepEqual(made.replace(clientOf({ token: { hmac_secret_key: 'two' } })), []);
  assert.deepEqual([await isGood('one'), await isGood('two')], [false, true]);
  const problems = made.replace(clientOf({ token: { hmac_secret_key: 'three', audience_regex: '(' } }));
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /^client\.token\.audience_regex /);
  assert.deepEqual([await isGood('two'), await isGood('three')], [true, false]);
});

test('createReplaceableGate() names what is wrong with keys, once, and never shows them', () => {
  const canary = '-----BEGIN PUBLIC KEY-----\ncanary\n-----END PUBLIC KEY-----\n';
  const made = createReplaceableGate(
    clientOf({ token: { rsa_public_key: canary }, subscription_token: { enabled: true, ecdsa_public_key: canary } }),
  );
  assert.ok(!made.ok);
  assert.deepEqual(
    made.problems.map((problem) => problem.split(' ')[0]),
    ['client.token.rsa_public_key', 'client.subscription_token.ecdsa_public_key'],
  );
  assert.doesNotMatch(made.problems.join(''), /canary/);
});
