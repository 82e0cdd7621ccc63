// Decides whether a token of our own is good: key, signature, kind, addressee and times, in this order.
import { algorithms, isAlgorithm } from './algorithms.ts';
import { createClaimsTest } from './claim-rules.ts';
import type { ClaimsOf, CommonClaims, TokenKind } from './claims.ts';
import type { Clock } from './clock.ts';
import { isKid } from './keyring.ts';
import type { RingKey } from './keyring.ts';
import { createHeaderParser, ownLimits, parseCompact, parsePart } from './parse.ts';
import type { JsonObject } from './parse.ts';
import type { Refused, TokenProblem } from './problems.ts';
import type { Profile } from './profile.ts';

/** A good token with its claims and the id of its key, or why it was refused (for the log only). */
export type Verified<Claims> = { ok: true; claims: Claims; kid: string } | { ok: false; problem: TokenProblem };

/**
 * Makes the function that verifies tokens of a profile. It is synchronous, never throws and keeps no verdict: revocation
 * is the caller's look-up, after it, with the claims.
 */
export function createVerifier<K extends TokenKind>(
  profile: Profile<K>,
  clock: Clock,
): (token: string) => Verified<ClaimsOf[K]> {
  const isComplete = createClaimsTest(profile.kind);
  const parseHeader = createHeaderParser();
  return (token) => {
    const compact = parseCompact(token, ownLimits, parseHeader);
    if (!compact.ok) return compact;
    const chosen = chooseKey(compact.header, profile);
    if (!chosen.ok) return chosen;
    const { alg, kid, key } = chosen.key;
    if (!algorithms[alg].verify(compact.signingInput, compact.signature, key.verifyWith)) {
      return { ok: false, problem: 'signature' };
    }
    const payload = parsePart(compact.payload, ownLimits.depth);
    if (!payload.ok) return payload;
    const claims = payload.value;
    if (!isComplete(claims)) return { ok: false, problem: 'claims' };
    const problem = findAddressProblem(claims, profile) ?? findTimeProblem(claims, profile, clock.now() / 1000);
    return problem === undefined ? { ok: true, claims, kid } : { ok: false, problem };
  };
}

const headerMembers: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);

/** The key that the header names. Our issuer writes three members; whatever else stands there is not ours. */
function chooseKey(header: JsonObject, profile: Profile<TokenKind>): { ok: true; key: RingKey } | Refused {
  const { alg, kid, typ } = header;
  if (!Object.keys(header).every((name) => headerMembers.has(name))) return { ok: false, problem: 'header' };
  if (!isAlgorithm(alg) || !profile.algorithms.includes(alg)) return { ok: false, problem: 'algorithm' };
  if (typeof typ !== 'string' || mediaType(typ) !== profile.typ) return { ok: false, problem: 'typ' };
  const key = isKid(kid) ? profile.ring.find(kid) : undefined;
  if (key === undefined) return { ok: false, problem: 'unknown_key' };
  if (key.state === 'revoked') return { ok: false, problem: 'revoked_key' };
  if (key.alg !== alg) return { ok: false, problem: 'algorithm' };
  return { ok: true, key };
}

/** RFC 7515, 4.1.9: compared without case, `application/` may be left out. */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function findAddressProblem(claims: CommonClaims, profile: Profile<TokenKind>): TokenProblem | undefined {
  if (claims.iss !== profile.issuer) return 'issuer';
  const audience: unknown = claims.aud;
  const [only, ...others] = Array.isArray(audience) ? audience : [audience];
  return only === profile.audience && others.length === 0 ? undefined : 'audience';
}

function findTimeProblem(
  claims: CommonClaims & { nbf?: number },
  { leewaySeconds, maxLifeSeconds }: Profile<TokenKind>,
  now: number,
): TokenProblem | undefined {
  const { exp, iat, nbf } = claims;
  if (exp + leewaySeconds <= now) return 'expired';
  if (iat > now + leewaySeconds || (nbf !== undefined && nbf > now + leewaySeconds)) return 'not_yet_valid';
  // With these, an `iat` from before now - life - leeway is not possible any more.
  return exp > iat && exp - iat <= maxLifeSeconds ? undefined : 'lifetime';
}
