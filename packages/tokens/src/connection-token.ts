// Decides how a connection token for a Centrifugo server, or for our gateway in its place, is made from a secret.
import type { Clock } from './clock.ts';
import { signForeign } from './foreign-sign.ts';
import { parseLifetime } from './lifetime.ts';

/**
 * Makes an HS256 connection token as a Centrifugo server expects it (`sub`, `iat`, `exp`). Call it on your server only,
 * behind a login: whoever has the token is the user.
 *
 * @example
 * const token = generateConnectionToken('42', process.env.CENTRIFUGO_HMAC_SECRET_KEY ?? '', '1h');
 *
 * @param userId the user; '' makes an anonymous token
 * @param secret the server's `client.token.hmac_secret_key`
 * @param lifetime a number with s, m, h or d, or seconds without a unit
 * @throws TypeError for an empty secret, and for a lifetime that cannot be read
 */
export function generateConnectionToken(
  userId: string,
  secret: string,
  lifetime = '1h',
  clock: Clock = { now: Date.now },
): string {
  const seconds = parseLifetime(lifetime);
  if (seconds === undefined) throw new TypeError('a lifetime is a whole number with s, m, h or d, as in "1h"');
  const iat = Math.floor(clock.now() / 1000);
  return signForeign({ sub: userId, iat, exp: iat + seconds }, secret);
}
