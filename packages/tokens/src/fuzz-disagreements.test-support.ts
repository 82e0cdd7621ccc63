// Decides which kinds of mutated token we judge otherwise than the library jose, each with the reason; used by tests only.
import type { House } from './forge.test-support.ts';
import type { TokenProblem } from './problems.ts';

/** The parts of a token, decoded as loosely as the platform does. */
export interface Loose {
  readonly token: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The JSON of header and claims, as text. */
  readonly texts: readonly string[];
}

/** A kind of disagreement: jose accepts, we refuse with one of these problems, and `isSo` finds the cause without our verifier. */
export interface Disagreement {
  readonly problems: readonly TokenProblem[];
  readonly reason: string;
  readonly isSo: (loose: Loose, house: House) => boolean;
}

const isSpelledOtherwise = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') !== part;

// A name that reaches prototypes, depth, half of a surrogate pair, a number that does not survive.
const notExact = /__proto__|constructor|prototype|\[\[\[|\\ud[89a-f]|\d{16}|\de\+?\d/i;

/** Whether printing what was parsed gives less, or something else, than what was written. */
const isNotWhatWasParsed = (text: string): boolean => {
  const squeezed = text.replaceAll(/\s/g, '');
  return JSON.stringify(JSON.parse(text)).replaceAll(/\s/g, '') !== squeezed;
};

/** Every kind. None of them is a token that we accept and jose refuses. */
export const fuzzDisagreements: readonly Disagreement[] = [
  {
    problems: ['encoding', 'malformed'],
    reason: 'a token has one spelling; the platform decodes others to the same bytes (catalogue C33 to C37)',
    isSo: ({ token }) => token.split('.').some(isSpelledOtherwise),
  },
  {
    problems: ['header'],
    reason: 'our issuer writes alg, typ and kid only; jose ignores what it does not use (catalogue B17 to B31)',
    isSo: ({ header }) => Object.keys(header).some((name) => !['alg', 'typ', 'kid'].includes(name)),
  },
  {
    problems: ['unknown_key'],
    reason: 'we look the key up by its id; jose was handed the key (catalogue B23, B24)',
    isSo: ({ header }, house) => header['kid'] !== house.key.kid,
  },
  {
    problems: ['json'],
    reason: 'what was parsed is not what was written, or reaches prototypes (catalogue C40 to C42, C45, D53)',
    isSo: ({ texts }) => texts.some((text) => isNotWhatWasParsed(text) || notExact.test(text)),
  },
  {
    problems: ['encoding'],
    reason: 'bytes that are no UTF-8 (catalogue C42)',
    isSo: ({ texts }) => texts.some((text) => text.includes('\ufffd')),
  },
  {
    problems: ['claims'],
    reason: 'jose checks that the claim is there, we check what it is (catalogue D52 to D63, E68)',
    isSo: ({ claims }, { claims: good }) => JSON.stringify(claims) !== JSON.stringify(good),
  },
  {
    problems: ['audience'],
    reason: 'our issuer names one audience (catalogue D60)',
    isSo: ({ claims }) => Array.isArray(claims['aud']) && claims['aud'].length !== 1,
  },
  {
    problems: ['lifetime'],
    reason: 'jose knows a longest age, not a longest life (catalogue D57)',
    isSo: ({ claims }) => {
      const life = Number(claims['exp']) - Number(claims['iat']);
      return life <= 0 || life > 900;
    },
  },
  {
    problems: ['too_long'],
    reason: 'a bound of our own (identity limits 1.15)',
    isSo: ({ token }) => token.length > 3_500 || token.indexOf('.') > 512,
  },
];
