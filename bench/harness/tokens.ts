// Decides how benchmarks sign and check connection tokens: with our own library, as the whole server does, under one fixed key.
import { createHash } from 'node:crypto';
import type { TokenGate } from '../../packages/gateway/src/index.ts';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  keyFromSecret,
} from '../../packages/tokens/src/index.ts';

const LIFE_SECONDS = 3_600;
const clock = { now: Date.now };
// Derived from a fixed word, because the signing and the checking process must agree.
const read = keyFromSecret(createHash('sha256').update('only for benchmarks').digest('base64url'), 'bench');
if (!read.ok) throw new Error(read.problem);
const profile = createProfile({
  kind: 'connection',
  issuer: 'https://bench.example',
  algorithms: ['HS256'],
  ring: createKeyring('connection', [read.key]),
  maxLifeSeconds: LIFE_SECONDS,
});
const sign = createSigner(profile, clock);
const verify = createVerifier(profile, clock);

/** A connection token for a user. */
export function signToken(user: string): string {
  return sign({ sub: user, expire_at: Math.floor(clock.now() / 1_000) + LIFE_SECONDS }, LIFE_SECONDS);
}

/** Checks what `signToken` made. */
export const benchGate: TokenGate = {
  connection(token) {
    const verified = verify(token);
    if (!verified.ok) return { ok: false, problem: 'invalid', reason: verified.problem };
    const { sub, expire_at: expireAt } = verified.claims;
    return { ok: true, claims: { user: sub, expireAt } };
  },
  subscription: () => ({ ok: false, problem: 'invalid', reason: 'not used here' }),
};
