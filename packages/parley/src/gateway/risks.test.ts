import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfigInput, readGatewayConfig } from '@parley/gateway';
import { findRisks } from './risks.ts';

function risksOf(input: GatewayConfigInput): string[] {
  const read = readGatewayConfig(input);
  if (!read.ok) throw new Error(read.problems.join('; '));
  return findRisks(read.config);
}

const key = 'a-key-of-more-than-twenty-characters';
const strong = 'kJ7vQ2mXw9ZtR4bN8cLpF6hYs3GdTa1E0uViWoMzSxC';

test('findRisks() names every option that opens a door, and nothing for a sound configuration', () => {
  assert.deepEqual(risksOf({ http_api: { key }, client: { token: { hmac_secret_key: strong } } }), []);
  for (const [input, name] of [
    [{ http_api: {} }, 'http_api.key is empty'],
    [{ http_api: { key: 'short' } }, 'http_api.key is short'],
    [{ http_api: { key, insecure: true } }, 'http_api.insecure'],
    [{ http_api: { key }, client: { insecure: true } }, 'client.insecure'],
    [{ http_api: { key }, client: { insecure_skip_token_signature_verify: true } }, 'client.insecure_skip_token_'],
    [{ http_api: { key }, client: { user_id_http_header: 'x-user' } }, 'client.user_id_http_header'],
    [{ http_api: { key }, client: { allowed_origins: ['*'] } }, 'client.allowed_origins "*"'],
    [{ http_api: { key }, client: { token: { hmac_secret_key: 'canary' } } }, 'client.token.hmac_secret_key is weak'],
    [
      { http_api: { key }, client: { subscription_token: { hmac_previous_secret_key: 'canary' } } },
      'client.subscription_token.hmac_previous_secret_key is weak',
    ],
    [{ http_api: { key }, shared_poll: { hmac_secret_key: 'canary' } }, 'shared_poll.hmac_secret_key is weak'],
  ] as const) {
    const risks = risksOf(input);
    assert.deepEqual(
      risks.map((risk) => risk.slice(0, name.length)),
      [name],
    );
    assert.doesNotMatch(risks.join(''), /canary/);
  }
  assert.deepEqual(risksOf({ http_api: { disabled: true } }), []);
});
