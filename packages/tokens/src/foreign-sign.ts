// Decides how a token for a Centrifugo server, or for our gateway in its place, is written from claims and a secret.
import { algorithms } from './algorithms.ts';
import { symmetricKey } from './hmac.ts';
import type { ForeignConnectionClaims, ForeignSubscriptionClaims } from './foreign-claims.ts';
import { encodePart } from './sign.ts';

/**
 * Signs claims with HS256, as they are: `iat` and `exp` are the caller's.
 *
 * @param secret the server's `client.token.hmac_secret_key`; its UTF-8 bytes are the key
 * @throws TypeError for an empty secret
 */
export function signForeign(claims: ForeignConnectionClaims | ForeignSubscriptionClaims, secret: string): string {
  const { verifyWith } = symmetricKey(Buffer.from(secret, 'utf8'));
  const input = `${encodePart({ alg: 'HS256', typ: 'JWT' })}.${encodePart(claims)}`;
  return `${input}.${algorithms.HS256.sign(input, verifyWith).toString('base64url')}`;
}
