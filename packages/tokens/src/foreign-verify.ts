// Decides whether a token of a Centrifugo application is good: few claims, no key id, one or two shared secrets.
import { algorithms, isAlgorithm, symmetricKey } from './algorithms.ts';
import type { Algorithm, KeyMaterial } from './algorithms.ts';
import type { Clock } from './clock.ts';
import { foreignLimits, isObject, parseCompact, parsePart } from './parse.ts';
import type { Compact, JsonObject } from './parse.ts';
import type { Refused, TokenProblem } from './problems.ts';

/** Claims that both foreign kinds may carry. Times are Unix seconds and may have fractions. */
export interface ForeignCommonClaims {
  /** The user; absent or empty is anonymous. */
  sub?: string;
  exp?: number;
  /** Ends the connection or subscription instead of `exp`; 0 or below: never. */
  expire_at?: number;
  nbf?: number;
  iat?: number;
  jti?: string;
  iss?: string;
  aud?: string | readonly string[];
  /** Any JSON; shown to others. */
  info?: unknown;
  /** The same as base64 of bytes; wins over `info`. */
  b64info?: string;
}

/** A foreign connection token: it has no `channel`. If `subs` is there, `channels` is to be ignored. */
export interface ForeignConnectionClaims extends ForeignCommonClaims {
  channels?: readonly string[];
  subs?: Readonly<Record<string, JsonObject>>;
  meta?: JsonObject;
}

/** A foreign subscription token, for one channel, and for one client if `client` is there. */
export interface ForeignSubscriptionClaims extends ForeignCommonClaims {
  channel: string;
  client?: string;
  data?: unknown;
  b64data?: string;
  override?: JsonObject;
}

/**
 * A good foreign token, told apart by its `channel` claim, or why it was refused. `expired` and `not_yet_valid` mean
 * that all else is good; Centrifugo answers both with error 109, and everything else as an invalid token.
 */
export type ForeignVerified =
  | { ok: true; kind: 'connection'; claims: ForeignConnectionClaims }
  | { ok: true; kind: 'subscription'; claims: ForeignSubscriptionClaims }
  | { ok: false; problem: TokenProblem };

/** A shared secret; its UTF-8 bytes are the key. */
export interface ForeignSecret {
  readonly secret: string | Uint8Array;
  /** Only tokens with an `iat` up to this Unix second pass, for a secret on its way out. 0 or absent: no limit. */
  readonly issuedUntilSeconds?: number;
}

/** Settings of a foreign verifier. Whether the secrets are strong is for the one who reads the configuration. */
export interface ForeignSettings {
  /** From 1 to 8. */
  readonly hmacSecrets: readonly (string | ForeignSecret)[];
  readonly algorithms: readonly Algorithm[];
  /** If given, `aud` has to be it or contain it. */
  readonly audience?: string;
  /** If given, `iss` has to be it. */
  readonly issuer?: string;
}

interface Candidate {
  readonly key: KeyMaterial;
  readonly issuedUntilSeconds: number;
}

const maxSecrets = 8;

/**
 * Makes the function that verifies tokens of a Centrifugo application. The encoding is judged as strictly as for our
 * own tokens; the signature is checked before any claim; `exp` and `nbf` have no leeway. It never throws.
 *
 * @throws TypeError for no secret, more than 8, an empty one, or algorithms other than symmetric ones
 */
export function createForeignVerifier(settings: ForeignSettings, clock: Clock): (token: string) => ForeignVerified {
  const allowed = [...settings.algorithms];
  if (allowed.length === 0 || !allowed.every((alg) => isAlgorithm(alg) && algorithms[alg].symmetric)) {
    throw new TypeError('a foreign verifier needs symmetric algorithms only, and at least one');
  }
  const candidates = settings.hmacSecrets.map(toCandidate);
  if (candidates.length === 0 || candidates.length > maxSecrets) {
    throw new TypeError(`a foreign verifier needs 1 to ${maxSecrets} secrets`);
  }
  return (token) => {
    const compact = parseCompact(token, foreignLimits);
    if (!compact.ok) return compact;
    const signedBy = findSigner(compact, allowed, candidates);
    if (!signedBy.ok) return signedBy;
    const payload = parsePart(compact.payload, foreignLimits.depth);
    if (!payload.ok) return payload;
    const claims = payload.value;
    if (!isForeign(claims)) return { ok: false, problem: 'claims' };
    const problem =
      findRotationProblem(claims, signedBy.candidates) ??
      findAddressProblem(claims, settings) ??
      findTimeProblem(claims, clock.now() / 1000);
    return problem === undefined ? byKind(claims) : { ok: false, problem };
  };
}

function toCandidate(given: string | ForeignSecret): Candidate {
  const { secret, issuedUntilSeconds = 0 } = typeof given === 'string' ? { secret: given } : given;
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret;
  return { key: symmetricKey(bytes), issuedUntilSeconds };
}

// Members that change what is signed, or point to keys elsewhere.
const refusedMembers = ['crit', 'b64', 'zip', 'enc', 'jku', 'jwk', 'x5u', 'x5c'];

/** The secrets under which the signature is right; the same secret may stand there twice with different limits. */
function findSigner(
  compact: Compact,
  allowed: readonly Algorithm[],
  candidates: readonly Candidate[],
): { ok: true; candidates: readonly Candidate[] } | Refused {
  const { header, signingInput, signature } = compact;
  const { alg, kid, typ } = header;
  if (refusedMembers.some((name) => name in header)) return { ok: false, problem: 'header' };
  if (!isTextOrAbsent(kid) || !isTextOrAbsent(typ)) return { ok: false, problem: 'header' };
  if (!isAlgorithm(alg) || !allowed.includes(alg)) return { ok: false, problem: 'algorithm' };
  const matching = candidates.filter(({ key }) => algorithms[alg].verify(signingInput, signature, key.verifyWith));
  return matching.length > 0 ? { ok: true, candidates: matching } : { ok: false, problem: 'signature' };
}

type Check = (value: unknown) => boolean;

const isTextOrAbsent: Check = (value) => value === undefined || typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isSubs: Check = (value) => isObject(value) && Object.values(value).every(isObject);

const foreignRules: readonly (readonly [string, Check])[] = [
  ['sub', isText],
  ['exp', isNumber],
  ['expire_at', isNumber],
  ['nbf', isNumber],
  ['iat', isNumber],
  ['jti', isText],
  ['iss', isText],
  ['aud', (value) => isText(value) || isTexts(value)],
  ['b64info', isText],
  ['channels', isTexts],
  ['subs', isSubs],
  ['meta', isObject],
  ['channel', (value) => isText(value) && value !== ''],
  ['client', isText],
  ['b64data', isText],
  ['override', isObject],
];

type ForeignClaims = JsonObject & ForeignConnectionClaims & Partial<ForeignSubscriptionClaims>;

const isForeign = (claims: JsonObject): claims is ForeignClaims =>
  foreignRules.every(([name, check]) => claims[name] === undefined || check(claims[name]));

function byKind(claims: ForeignClaims): ForeignVerified {
  const { channel } = claims;
  return channel === undefined
    ? { ok: true, kind: 'connection', claims }
    : { ok: true, kind: 'subscription', claims: { ...claims, channel } };
}

/** protocol reference, 15.1: under a previous secret only what was issued before it was replaced. */
function findRotationProblem(claims: ForeignClaims, signers: readonly Candidate[]): TokenProblem | undefined {
  const isInTime = (limit: number): boolean => limit === 0 || (claims.iat !== undefined && claims.iat <= limit);
  return signers.some((signer) => isInTime(signer.issuedUntilSeconds)) ? undefined : 'revoked_key';
}

function findAddressProblem(claims: ForeignClaims, settings: ForeignSettings): TokenProblem | undefined {
  const { audience, issuer } = settings;
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  if (audience !== undefined && !audiences.includes(audience)) return 'audience';
  return issuer === undefined || claims.iss === issuer ? undefined : 'issuer';
}

function findTimeProblem({ exp, nbf }: ForeignClaims, now: number): TokenProblem | undefined {
  if (exp !== undefined && exp <= now) return 'expired';
  return nbf !== undefined && nbf > now ? 'not_yet_valid' : undefined;
}
