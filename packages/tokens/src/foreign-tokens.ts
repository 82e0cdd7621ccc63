// Decides how the options `client.token.*` of a Centrifugo configuration become the verifier of the realtime gateway.
import type { Clock } from './clock.ts';
import { findSigners, readPublicKey, secretCandidate, unlimited } from './foreign-keys.ts';
import type { Candidate } from './foreign-keys.ts';
import { createJudge, openForeign, readPayload } from './foreign-verify.ts';
import type { ForeignKind, ForeignRules, ForeignVerified, Judge, OpenedForeign } from './foreign-verify.ts';
import { createJwksCache } from './jwks-cache.ts';
import type { FindKeys, KeyLookup } from './jwks-cache.ts';
import { readEndpoint } from './jwks-endpoint.ts';
import type { JwksEndpoint } from './jwks-endpoint.ts';
import { createJwksFetch, resolveHost } from './jwks.ts';
import type { FetchText, Resolve } from './jwks.ts';
import { compilePattern } from './pattern.ts';
import type { Pattern } from './pattern.ts';

/** The options of `client.token` (or `client.subscription_token`), one to one. Empty texts count as absent. */
export interface ForeignTokenSettings {
  readonly hmacSecretKey?: string;
  readonly hmacPreviousSecretKey?: string;
  /** Unix seconds; 0: no limit. */
  readonly hmacPreviousSecretKeyValidUntil?: number;
  /** PEM text, or base64 of it. */
  readonly rsaPublicKey?: string;
  readonly ecdsaPublicKey?: string;
  /** If given, the keys above are not used. */
  readonly jwksPublicEndpoint?: string;
  readonly audience?: string;
  readonly audienceRegex?: string;
  readonly issuer?: string;
  readonly issuerRegex?: string;
  readonly userIdClaim?: string;
  readonly insecureSkipJwksEndpointSafetyCheck?: boolean;
  /** `client.insecure_skip_token_signature_verify`: everything but the signature is checked. */
  readonly insecureSkipTokenSignatureVerify?: boolean;
  /** Ours: whether the endpoint may be http. */
  readonly jwksAllowHttp?: boolean;
  /** Ours: whether the endpoint may have a private, loopback or link-local address. */
  readonly jwksAllowPrivateAddresses?: boolean;
}

/** What a verifier needs of the world. */
export interface ForeignTokenPorts {
  readonly clock: Clock;
  /** How host names of endpoints are resolved; the system's way if absent. */
  readonly resolve?: Resolve;
  /** How endpoints are fetched, instead of by `resolve` and the network. */
  readonly fetchText?: FetchText;
  /** Told why a JWK set could not be fetched, for the log; holds nothing of a token. */
  readonly onFetchFailure?: (address: string, reason: string) => void;
}

/**
 * Verifies a token: at once, or with a promise where keys have to be fetched. It never throws for a token.
 *
 * @param wanted which kind it has to be; without it either will do, and the answer says which it is
 */
export type VerifyForeign = (token: string, wanted?: ForeignKind) => ForeignVerified | Promise<ForeignVerified>;

/** An option that cannot work: `text` reads on after its name. */
export interface OptionProblem {
  readonly option: string;
  readonly text: string;
}

/** The verifier, or everything that is wrong with the options. */
export type CreatedForeignTokens = { ok: true; verify: VerifyForeign } | { ok: false; problems: OptionProblem[] };

/** Bounds of one fetch of a JWK set. */
export const jwksFetchLimits = { timeoutMs: 5000, maxBytes: 65_536 } as const;

/**
 * Makes the verifier of a gateway that stands alone. Without any key every token is refused; Centrifugo starts like that
 * too. One instance serves connection tokens, and subscription tokens as well unless those have options of their own.
 */
export function createForeignTokens(settings: ForeignTokenSettings, ports: ForeignTokenPorts): CreatedForeignTokens {
  const problems: OptionProblem[] = [];
  const rules = readRules(settings, problems);
  const keys = readKeys(settings, problems);
  const endpoint = readJwksEndpoint(settings, rules, problems);
  if (problems.length > 0) return { ok: false, problems };
  const judge = createJudge(rules, ports.clock);
  if (settings.insecureSkipTokenSignatureVerify === true) return { ok: true, verify: unsigned(judge) };
  if (endpoint === undefined) return { ok: true, verify: withStaticKeys(judge, keys) };
  return { ok: true, verify: withJwks({ judge, rules, endpoint, findKeys: createSource(settings, ports) }) };
}

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function readRules(settings: ForeignTokenSettings, problems: OptionProblem[]): ForeignRules {
  const pattern = (option: string, source: string | undefined, exact: string | undefined): Pattern | undefined => {
    if (source === undefined) return undefined;
    if (exact !== undefined)
      problems.push({ option, text: 'cannot stand beside the option for one exact text; keep one' });
    const compiled = compilePattern(source);
    if (compiled.ok) return compiled.pattern;
    problems.push({ option, text: `${compiled.reason}; write it in the syntax of RE2` });
    return undefined;
  };
  const [audience, issuer, userIdClaim] = [settings.audience, settings.issuer, settings.userIdClaim].map(given);
  if (userIdClaim !== undefined && !/^[a-zA-Z_]+$/.test(userIdClaim)) {
    problems.push({
      option: 'user_id_claim',
      text: 'may have letters and underscores only: it names a top-level claim',
    });
  }
  return {
    audience,
    issuer,
    userIdClaim,
    audiencePattern: pattern('audience_regex', given(settings.audienceRegex), audience),
    issuerPattern: pattern('issuer_regex', given(settings.issuerRegex), issuer),
  };
}

function readKeys(settings: ForeignTokenSettings, problems: OptionProblem[]): readonly Candidate[] {
  const { hmacSecretKey = '', hmacPreviousSecretKey = '', hmacPreviousSecretKeyValidUntil: until = 0 } = settings;
  const keys: Candidate[] = [];
  if (hmacSecretKey !== '') keys.push(secretCandidate(hmacSecretKey, 0));
  if (hmacPreviousSecretKey !== '') keys.push(secretCandidate(hmacPreviousSecretKey, until));
  if (!Number.isSafeInteger(until) || until < 0) {
    problems.push({ option: 'hmac_previous_secret_key_valid_until', text: 'has to be a time in Unix seconds, or 0' });
  }
  for (const [kind, pem] of [
    ['rsa', settings.rsaPublicKey ?? ''],
    ['ecdsa', settings.ecdsaPublicKey ?? ''],
  ] as const) {
    const read = pem === '' ? undefined : readPublicKey(pem, kind);
    if (read?.ok === true) keys.push(unlimited(read.key));
    if (read?.ok === false) problems.push({ option: `${kind}_public_key`, text: read.text });
  }
  return keys;
}

function readJwksEndpoint(
  settings: ForeignTokenSettings,
  rules: ForeignRules,
  problems: OptionProblem[],
): JwksEndpoint | undefined {
  const template = given(settings.jwksPublicEndpoint);
  if (template === undefined) return undefined;
  const read = readEndpoint(template, {
    patterns: [rules.issuerPattern, rules.audiencePattern].filter((pattern) => pattern !== undefined),
    allowHttp: settings.jwksAllowHttp ?? false,
    skipSafetyCheck: settings.insecureSkipJwksEndpointSafetyCheck ?? false,
  });
  if (read.ok) return read.endpoint;
  problems.push({ option: 'jwks_public_endpoint', text: read.text });
  return undefined;
}

function createSource(settings: ForeignTokenSettings, ports: ForeignTokenPorts): FindKeys {
  const allowPrivateAddresses = settings.jwksAllowPrivateAddresses ?? false;
  return createJwksCache({
    clock: ports.clock,
    fetchText:
      ports.fetchText ?? createJwksFetch({ ...jwksFetchLimits, allowPrivateAddresses }, ports.resolve ?? resolveHost),
    onFailure: ports.onFetchFailure ?? (() => undefined),
  });
}

const unsigned =
  (judge: Judge): VerifyForeign =>
  (token, wanted) => {
    const opened = openForeign(token);
    return opened.ok ? judge(opened, undefined, wanted) : opened;
  };

const withStaticKeys =
  (judge: Judge, keys: readonly Candidate[]): VerifyForeign =>
  (token, wanted) => {
    const opened = openForeign(token);
    return opened.ok ? judgeSigned(judge, opened, { keys, wanted }) : opened;
  };

interface JwksVerifier {
  readonly judge: Judge;
  readonly rules: ForeignRules;
  readonly endpoint: JwksEndpoint;
  readonly findKeys: FindKeys;
}

function withJwks(verifier: JwksVerifier): VerifyForeign {
  const { judge, endpoint, findKeys } = verifier;
  return (token, wanted) => {
    const opened = openForeign(token);
    if (!opened.ok) return opened;
    // A JWK set here holds public keys only: nothing to fetch for a shared secret.
    if (opened.alg.startsWith('HS')) return { ok: false, problem: 'algorithm' };
    const texts = endpoint.isTemplate ? extractTexts(opened, verifier.rules) : {};
    const address = texts === undefined ? undefined : endpoint.fill(texts);
    if (address === undefined) return { ok: false, problem: 'issuer' };
    const answer = (found: KeyLookup): ForeignVerified =>
      found.ok ? judgeSigned(judge, opened, { keys: found.keys.map(unlimited), wanted }) : found;
    const found = findKeys(address, opened.kid);
    return found instanceof Promise ? found.then(answer) : answer(found);
  };
}

function judgeSigned(
  judge: Judge,
  opened: OpenedForeign,
  { keys, wanted }: { keys: readonly Candidate[]; wanted: ForeignKind | undefined },
): ForeignVerified {
  const fitting = keys.filter((key) => key.algorithms.includes(opened.alg));
  if (fitting.length === 0) return { ok: false, problem: 'algorithm' };
  return judge(opened, findSigners(opened.compact, opened.alg, fitting), wanted);
}

/** What issuer and audience say, before anybody has verified them; undefined if the expressions do not fit. */
function extractTexts(opened: OpenedForeign, rules: ForeignRules): Readonly<Record<string, string>> | undefined {
  const read = readPayload(opened, undefined);
  if (!read.ok) return undefined;
  const { claims } = read;
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  const byIssuer = rules.issuerPattern === undefined ? {} : rules.issuerPattern.match(claims.iss ?? '');
  const byAudience =
    rules.audiencePattern === undefined
      ? {}
      : audiences.map((value) => rules.audiencePattern?.match(value)).find((found) => found !== undefined);
  return byIssuer === undefined || byAudience === undefined ? undefined : { ...byIssuer, ...byAudience };
}
