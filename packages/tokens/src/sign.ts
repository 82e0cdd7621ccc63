// Decides how a token is written; nothing leaves here that the verifier of the same profile would refuse.
import { algorithms, randomName } from './algorithms.ts';
import { createClaimsTest } from './claim-rules.ts';
import type { ClaimsOf, CommonClaims, TokenKind } from './claims.ts';
import type { Clock } from './clock.ts';
import type { JsonObject } from './parse.ts';
import type { Profile } from './profile.ts';

/** The claims that a caller gives; the rest is the signer's own. `sub` stays with the caller. */
export type GivenClaims<K extends TokenKind> = Omit<ClaimsOf[K], Exclude<keyof CommonClaims, 'sub'>>;

/** The largest token that is issued, in bytes; of an RSA signature, which is 342 bytes or more, only the first 128 count. */
export const maxIssuedBytes = 1024;
const maxCountedSignature = 128;

/** Thrown when the ring has no current key with a private half: nothing is signed, and the server is not ready. */
export class NoSigningKey extends Error {
  readonly code = 'no_signing_key';
  override readonly name = 'NoSigningKey';
}

/**
 * Makes the function that signs tokens of a profile with the ring's current key.
 *
 * @param newId makes `jti`: unique, at most 64 characters of the base64url alphabet; random if not given
 * @returns a function of claims and life in whole seconds. It throws NoSigningKey, and TypeError for claims of a wrong
 *   shape, a life above the profile's, and a token above 1,024 bytes
 */
export function createSigner<K extends TokenKind>(
  profile: Profile<K>,
  clock: Clock,
  newId: () => string = () => randomName(16),
): (claims: GivenClaims<K>, lifeSeconds: number) => string {
  const isComplete = createClaimsTest(profile.kind);
  return (claims, lifeSeconds) => {
    if (!Number.isInteger(lifeSeconds) || lifeSeconds < 1 || lifeSeconds > profile.maxLifeSeconds) {
      throw new TypeError(`the life of a token has to be a whole number from 1 to ${profile.maxLifeSeconds} seconds`);
    }
    const iat = Math.floor(clock.now() / 1000);
    const { issuer: iss, audience: aud } = profile;
    const complete: JsonObject = { ...claims, iss, aud, jti: newId(), iat, exp: iat + lifeSeconds };
    if (!isComplete(complete)) throw new TypeError(`the claims do not make a token of the kind ${profile.kind}`);
    return writeToken(profile, complete);
  };
}

function writeToken(profile: Pick<Profile<TokenKind>, 'ring' | 'algorithms' | 'typ'>, claims: object): string {
  const current = profile.ring.current();
  const signWith = current?.key.signWith;
  if (current === undefined || signWith === undefined || !profile.algorithms.includes(current.alg)) {
    throw new NoSigningKey(`the ring "${profile.ring.kind}" has no current key that can sign`);
  }
  const { alg, kid } = current;
  const input = `${encodePart({ alg, typ: profile.typ, kid })}.${encodePart(claims)}`;
  const signature = algorithms[alg].sign(input, signWith).toString('base64url');
  if (input.length + 1 + Math.min(signature.length, maxCountedSignature) > maxIssuedBytes)
    throw new TypeError(`a token must not be longer than ${maxIssuedBytes} bytes`);
  return `${input}.${signature}`;
}

/** One part of a compact token: the JSON text in base64url. */
export const encodePart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
