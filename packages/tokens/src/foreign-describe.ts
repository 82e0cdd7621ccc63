// Decides what a person at the command line reads about a token of a Centrifugo application.
import type { ForeignVerified } from './foreign-verify.ts';
import type { ForeignProblem } from './problems.ts';

const words: Record<ForeignProblem, string> = {
  too_long: 'it is longer than 16 KB',
  malformed: 'it is not three parts of base64url with dots between; look for quotes, spaces or a missing end',
  encoding: 'a part of it is not base64url as it has to be written',
  json: 'its header or its claims are no JSON object, or name a member twice',
  header: 'its header changes what is signed or points to keys elsewhere',
  algorithm: 'no key is configured for its algorithm; look at the options of client.token',
  typ: 'it is of another type',
  unknown_key: 'the JWK set has no key with its key id',
  revoked_key: 'it is signed with the previous secret, after that secret was replaced',
  signature: 'its signature does not fit the configured keys; it was signed with another one, or changed on the way',
  claims: 'a claim is of a wrong type, or the claim channel says that it is the other kind of token',
  issuer: 'its issuer is not the one that is configured',
  audience: 'its audience is not the one that is configured',
  expired: 'it has expired',
  not_yet_valid: 'it is not valid yet',
  lifetime: 'it lives longer than is allowed',
  unavailable: 'its key could not be fetched; look whether the JWKS endpoint answers',
};

/** A description: one sentence, and for a good token its claims as indented JSON below. Holds no key and no signature. */
export function describeForeign(verified: ForeignVerified): string {
  if (!verified.ok) return `the token is refused: ${words[verified.problem]}`;
  const { sub = '', exp } = verified.claims;
  const user = sub === '' ? 'an anonymous user' : `user ${JSON.stringify(sub)}`;
  const channel = verified.kind === 'subscription' ? ` on channel ${JSON.stringify(verified.claims.channel)}` : '';
  return `a good ${verified.kind} token of ${user}${channel}, ${life(exp)}\n${JSON.stringify(verified.claims, undefined, 2)}`;
}

// The largest time that a Date takes, in seconds.
const lastSecond = 8.64e12;

function life(exp: number | undefined): string {
  if (exp === undefined) return 'which does not expire';
  return Math.abs(exp) > lastSecond
    ? 'which expires in the far future'
    : `which expires at ${new Date(exp * 1000).toISOString()}`;
}
