// Decides how benchmarks sign and check tokens: HS256 with one key, the least that a gateway has to pay for a connect.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConnectionGrant, TokenGate } from '../../packages/gateway/src/index.ts';

const key = 'only-for-benchmarks-only-for-benchmarks';
const header = Buffer.from('{"alg":"HS256"}').toString('base64url');

/** A connection token for a user. */
export function signToken(user: string): string {
  const body = `${header}.${Buffer.from(JSON.stringify({ user })).toString('base64url')}`;
  return `${body}.${signature(body)}`;
}

/** Checks what `signToken` made. */
export const hmacGate: TokenGate = {
  connection(token) {
    const end = token.lastIndexOf('.');
    const body = token.slice(0, end);
    const expected = Buffer.from(signature(body));
    const presented = Buffer.from(token.slice(end + 1));
    if (expected.length !== presented.length || !timingSafeEqual(expected, presented)) {
      return { ok: false, problem: 'invalid', reason: 'signature' };
    }
    const claims = JSON.parse(Buffer.from(body.slice(header.length + 1), 'base64url').toString()) as ConnectionGrant;
    return { ok: true, claims };
  },
  subscription: () => ({ ok: false, problem: 'invalid', reason: 'not used here' }),
};

function signature(body: string): string {
  return createHmac('sha256', key).update(body).digest('base64url');
}
