// Decides whether a token of a Centrifugo application is good: the order of the checks, whichever keys stand behind it.
import { isForeignAlgorithm } from './foreign-algorithms.ts';
import type { ForeignAlgorithm } from './foreign-algorithms.ts';
import type { Clock } from './clock.ts';
import { readForeignClaims } from './foreign-claims.ts';
import type { ForeignClaims, ForeignConnectionClaims, ForeignSubscriptionClaims } from './foreign-claims.ts';
import { findSigners, secretCandidate } from './foreign-keys.ts';
import type { Candidate } from './foreign-keys.ts';
import { decodePart, foreignLimits, parseCompact, parseObject } from './parse.ts';
import type { Compact } from './parse.ts';
import type { Pattern } from './pattern.ts';
import type { ForeignProblem, Refused, TokenProblem } from './problems.ts';

/** The kinds of foreign tokens; the claim `channel` makes the difference. */
export type ForeignKind = 'connection' | 'subscription';

/** The JSON of the claims as it was signed. What is free in it (`info`, `data`, `meta`) is exact here, large numbers too. */
interface Signed {
  json: string;
}

/**
 * A good foreign token, or why it was refused. `expired` and `not_yet_valid` mean that all that is checked before is
 * good (protocol reference, 15.4); Centrifugo answers both with error 109, `unavailable` with error 100, and everything
 * else as an invalid token.
 */
export type ForeignVerified =
  | ({ ok: true; kind: 'connection'; claims: ForeignConnectionClaims } & Signed)
  | ({ ok: true; kind: 'subscription'; claims: ForeignSubscriptionClaims } & Signed)
  | { ok: false; problem: ForeignProblem };

/** A shared secret; its UTF-8 bytes are the key. */
export interface ForeignSecret {
  readonly secret: string | Uint8Array;
  /** Only tokens with an `iat` up to this Unix second pass, for a secret on its way out. 0 or absent: no limit. */
  readonly issuedUntilSeconds?: number;
}

/** Settings of a foreign verifier of shared secrets. Whether they are strong is for the one who reads the configuration. */
export interface ForeignSettings {
  /** From 1 to 8. */
  readonly hmacSecrets: readonly (string | ForeignSecret)[];
  readonly algorithms: readonly ForeignAlgorithm[];
  /** If given, `aud` has to be it or contain it. */
  readonly audience?: string;
  /** If given, `iss` has to be it. */
  readonly issuer?: string;
}

const maxSecrets = 8;

/**
 * Makes the function that verifies tokens by shared secrets alone, at once. The encoding is judged as strictly as for
 * our own tokens; the signature is checked before any claim; `exp` and `nbf` have no leeway. It never throws. The second
 * argument says which kind the token has to be; without it either will do.
 *
 * @throws TypeError for no secret, more than 8, an empty one, or algorithms other than symmetric ones
 */
export function createForeignVerifier(
  settings: ForeignSettings,
  clock: Clock,
): (token: string, wanted?: ForeignKind) => ForeignVerified {
  const allowed = [...settings.algorithms];
  if (allowed.length === 0 || !allowed.every((alg) => isForeignAlgorithm(alg) && alg.startsWith('HS'))) {
    throw new TypeError('a foreign verifier needs symmetric algorithms only, and at least one');
  }
  const candidates = settings.hmacSecrets.map((given) => {
    const { secret, issuedUntilSeconds = 0 } = typeof given === 'string' ? { secret: given } : given;
    return secretCandidate(secret, issuedUntilSeconds);
  });
  if (candidates.length === 0 || candidates.length > maxSecrets) {
    throw new TypeError(`a foreign verifier needs 1 to ${maxSecrets} secrets`);
  }
  const { audience, issuer } = settings;
  const judge = createJudge({ audience, issuer, audiencePattern: undefined, issuerPattern: undefined }, clock);
  return (token, wanted) => {
    const opened = openForeign(token);
    if (!opened.ok) return opened;
    if (!allowed.includes(opened.alg)) return { ok: false, problem: 'algorithm' };
    return judge(opened, findSigners(opened.compact, opened.alg, candidates), wanted);
  };
}

/** A token whose form and header are good; nothing else of it is. */
export interface OpenedForeign {
  ok: true;
  compact: Compact;
  alg: ForeignAlgorithm;
  /** The empty text if the header has none. */
  kid: string;
}

// Members that change what is signed, or point to keys elsewhere.
const refusedMembers = ['crit', 'b64', 'zip', 'enc', 'jku', 'jwk', 'x5u', 'x5c'];

/** Splits a foreign token and judges its header; `none` and unknown algorithms are refused here. */
export function openForeign(token: string): OpenedForeign | Refused {
  const compact = parseCompact(token, foreignLimits);
  if (!compact.ok) return compact;
  const { alg, kid = '', typ = '' } = compact.header;
  if (refusedMembers.some((name) => name in compact.header)) return { ok: false, problem: 'header' };
  if (typeof kid !== 'string' || typeof typ !== 'string') return { ok: false, problem: 'header' };
  return isForeignAlgorithm(alg) ? { ok: true, compact, alg, kid } : { ok: false, problem: 'algorithm' };
}

/** Who has to have issued a token, for whom, and who its user is. Undefined: it does not matter. */
export interface ForeignRules {
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
  readonly audiencePattern: Pattern | undefined;
  readonly issuerPattern: Pattern | undefined;
  readonly userIdClaim?: string | undefined;
}

/**
 * Judges what a token says.
 *
 * @param signers the keys that signed it; undefined where nobody asks
 * @param wanted which kind it has to be; without it either will do
 */
export type Judge = (
  opened: OpenedForeign,
  signers: readonly Candidate[] | undefined,
  wanted?: ForeignKind,
) => ForeignVerified;

/** Makes the judge of claims: rotation, audience and issuer, kind, times, in the order of protocol reference, 15.4. */
export function createJudge(rules: ForeignRules, clock: Clock): Judge {
  return (opened, signers, wanted) => {
    if (signers?.length === 0) return { ok: false, problem: 'signature' };
    const read = readPayload(opened, rules.userIdClaim);
    if (!read.ok) return read;
    const { claims, json } = read;
    const problem =
      findRotationProblem(claims, signers) ??
      findAddressProblem(claims, rules) ??
      (wanted === 'connection' && claims.channel !== undefined ? 'claims' : undefined) ??
      findTimeProblem(claims, clock.now() / 1000) ??
      (wanted === 'subscription' && claims.channel === undefined ? 'claims' : undefined);
    return problem === undefined ? byKind(claims, json) : { ok: false, problem };
  };
}

/**
 * Reads what a token says, whoever says it.
 *
 * @param userIdClaim the claim that names the user instead of `sub`
 */
export function readPayload(
  { compact }: OpenedForeign,
  userIdClaim: string | undefined,
): { ok: true; claims: ForeignClaims; json: string } | Refused {
  const json = decodePart(compact.payload);
  if (json === undefined) return { ok: false, problem: 'encoding' };
  const parsed = parseObject(json, foreignLimits.depth, true);
  if (!parsed.ok) return parsed;
  const claims = readForeignClaims(parsed.value, userIdClaim);
  return claims === undefined ? { ok: false, problem: 'claims' } : { ok: true, claims, json };
}

function byKind(claims: ForeignClaims, json: string): ForeignVerified {
  const { channel } = claims;
  return channel === undefined
    ? { ok: true, kind: 'connection', claims, json }
    : { ok: true, kind: 'subscription', claims: { ...claims, channel }, json };
}

/** protocol reference, 15.1: under a previous secret only what was issued before it was replaced. */
function findRotationProblem(
  claims: ForeignClaims,
  signers: readonly Candidate[] | undefined,
): TokenProblem | undefined {
  const isInTime = (limit: number): boolean => limit === 0 || (claims.iat !== undefined && claims.iat <= limit);
  if (signers === undefined) return undefined;
  return signers.some((signer) => isInTime(signer.issuedUntilSeconds)) ? undefined : 'revoked_key';
}

function findAddressProblem(claims: ForeignClaims, rules: ForeignRules): TokenProblem | undefined {
  const { audience, issuer, audiencePattern, issuerPattern } = rules;
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  if (audience !== undefined && !audiences.includes(audience)) return 'audience';
  if (audiencePattern !== undefined && !audiences.some((value) => audiencePattern.match(value) !== undefined)) {
    return 'audience';
  }
  if (issuer !== undefined && claims.iss !== issuer) return 'issuer';
  return issuerPattern === undefined || issuerPattern.match(claims.iss ?? '') !== undefined ? undefined : 'issuer';
}

function findTimeProblem({ exp, nbf }: ForeignClaims, now: number): TokenProblem | undefined {
  if (exp !== undefined && exp <= now) return 'expired';
  return nbf !== undefined && nbf > now ? 'not_yet_valid' : undefined;
}
