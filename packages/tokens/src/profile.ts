// Decides what a verifier of one kind of token demands: there is no verifying without a profile.
import { isAlgorithm } from './algorithms.ts';
import type { Algorithm } from './algorithm.ts';
import type { TokenKind } from './claims.ts';
import type { Keyring } from './keyring.ts';

/** Audience and media type of each kind; all different, so that no kind passes as another. */
export const tokenKinds: { readonly [K in TokenKind]: { readonly audience: string; readonly typ: string } } = {
  access: { audience: 'parley:api', typ: 'at+jwt' },
  connection: { audience: 'parley:realtime', typ: 'conn+jwt' },
  subscription: { audience: 'parley:realtime-sub', typ: 'sub+jwt' },
};

/** Settings of a profile. */
export interface ProfileSettings<K extends TokenKind> {
  readonly kind: K;
  /** The exact `iss`: the public URL of the site. */
  readonly issuer: string;
  /** The algorithms that pass, out of those that the ring's keys have. */
  readonly algorithms: readonly Algorithm[];
  readonly ring: Keyring;
  /** The longest life of a token, in whole seconds; at most 366 days. */
  readonly maxLifeSeconds: number;
  /** How far clocks may be apart, in whole seconds from 0 to 120; 30 if not given. */
  readonly leewaySeconds?: number;
}

/** A checked profile, with the audience and `typ` of its kind. */
export interface Profile<K extends TokenKind> extends Required<ProfileSettings<K>> {
  readonly audience: string;
  /** Lower case, without `application/`. */
  readonly typ: string;
}

const maxLifeBound = 366 * 86_400;

/**
 * Checks the settings and adds what belongs to the kind.
 *
 * @throws TypeError for an empty or unknown list of algorithms, a ring of another kind, a life or leeway out of range
 */
export function createProfile<K extends TokenKind>(settings: ProfileSettings<K>): Profile<K> {
  const { kind, issuer, algorithms, ring, maxLifeSeconds, leewaySeconds = 30 } = settings;
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('a profile needs an issuer');
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw new TypeError('a profile needs at least one algorithm');
  }
  if (!algorithms.every(isAlgorithm)) throw new TypeError('a profile names an algorithm that is not supported');
  if (ring?.kind !== kind) throw new TypeError(`a profile for ${kind} tokens needs the ring of that kind`);
  if (!isWithin(maxLifeSeconds, 1, maxLifeBound)) {
    throw new TypeError(`maxLifeSeconds has to be a whole number from 1 to ${maxLifeBound}`);
  }
  if (!isWithin(leewaySeconds, 0, 120)) throw new TypeError('leewaySeconds has to be a whole number from 0 to 120');
  return { kind, issuer, algorithms: [...algorithms], ring, maxLifeSeconds, leewaySeconds, ...tokenKinds[kind] };
}

const isWithin = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;
