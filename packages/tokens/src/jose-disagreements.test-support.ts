// Decides which tokens we judge otherwise than the library jose, each with the reason; used by tests only.

const spelling = 'a token has one spelling; the platform decodes others to the same bytes (catalogue C33 to C37)';
const duplicates = 'two readers may take two different members (catalogue C40)';
const pointer = 'our issuer writes alg, typ and kid only; jose ignores what it does not use (catalogue B17 to B31)';
const noKeyId = 'we look the key up by its id; jose was handed the key (catalogue B23, B24)';
const claimShape = 'jose checks that the claim is there, we check what it is (catalogue D52 to D63)';
const bound = 'a bound of our own (identity limits 1.15)';
const notExact = 'what was parsed is not what was written (catalogue C41, C42, C45, D53)';

/** Every disagreement on the corpus of mutation.test.ts. None of them is a token that we accept and jose refuses. */
export const joseDisagreements: readonly { token: string; reason: string }[] = [
  { token: 'aud list with another: jose accepts', reason: 'our issuer names one audience (catalogue D60)' },
  { token: 'b64: jose accepts', reason: pointer },
  { token: 'byte order mark: jose accepts', reason: 'its text decoder drops the mark (catalogue C42)' },
  { token: 'channel: jose accepts', reason: 'a claim of another kind of token (catalogue E68)' },
  { token: 'claim __proto__: jose accepts', reason: notExact },
  { token: 'claim lone surrogate: jose accepts', reason: notExact },
  { token: 'claim not exact: jose accepts', reason: notExact },
  { token: 'claim too deep: jose accepts', reason: bound },
  { token: 'claim twice by escape: jose accepts', reason: duplicates },
  { token: 'claim twice: jose accepts', reason: duplicates },
  { token: 'claims above 3,072 bytes: jose accepts', reason: bound },
  { token: 'cty: jose accepts', reason: pointer },
  { token: 'exp before iat: jose accepts', reason: claimShape },
  { token: 'exp fraction: jose accepts', reason: claimShape },
  { token: 'header member unknown: jose accepts', reason: pointer },
  { token: 'header twice: jose accepts', reason: duplicates },
  { token: 'iat fraction: jose accepts', reason: claimShape },
  { token: 'jku: jose accepts', reason: pointer },
  { token: 'jti number: jose accepts', reason: claimShape },
  { token: 'jwk: jose accepts', reason: pointer },
  { token: 'kid missing: jose accepts', reason: noKeyId },
  { token: 'kid number: jose accepts', reason: noKeyId },
  { token: 'kid unknown: jose accepts', reason: noKeyId },
  { token: 'life too long: jose accepts', reason: 'it knows a longest age, not a longest life (catalogue D57)' },
  { token: 'line break after: jose accepts', reason: spelling },
  { token: 'line break signed: jose accepts', reason: spelling },
  { token: 'padding after: jose accepts', reason: spelling },
  { token: 'padding signed: jose accepts', reason: spelling },
  { token: 'payload of unused bits signed: jose accepts', reason: spelling },
  { token: 'scope list: jose accepts', reason: claimShape },
  { token: 'scope twice: jose accepts', reason: claimShape },
  { token: 'signature of unused bits: jose accepts', reason: spelling },
  { token: 'sub empty: jose accepts', reason: claimShape },
  { token: 'sub number: jose accepts', reason: claimShape },
  { token: 'x5c: jose accepts', reason: pointer },
  { token: 'zip: jose accepts', reason: pointer },
];
