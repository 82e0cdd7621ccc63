// Decides how tests write tokens that the signer would never write; used by tests only.
import { constants, createHmac, sign as signBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Algorithm } from './algorithm.ts';
import type { AccessClaims } from './claims.ts';
import { createKeyring, generateKey } from './keyring.ts';
import type { Keyring, RingKey } from './keyring.ts';
import { createProfile } from './profile.ts';
import type { Profile } from './profile.ts';
import { createVerifier } from './verify.ts';
import type { Verified } from './verify.ts';

/** The present in most tests, in Unix seconds. */
export const nowSeconds = 1_800_000_000;
/** Who issues the tokens of the tests. */
export const issuer = 'https://parley.example';

/** A clock that stands at a Unix second. */
export const clockAt = (seconds: number): { now: () => number } => ({ now: () => seconds * 1000 });

/** A part of a token: an object is printed as JSON, text and bytes are taken as they are. */
export type Part = object | string | Uint8Array;

/** A verifier with its ring, and the tools of a forger who holds the keys. */
export interface House {
  alg: Algorithm;
  ring: Keyring;
  key: RingKey;
  profile: Profile<'access'>;
  header: Record<string, unknown>;
  claims: Record<string, unknown> & AccessClaims;
  verify: (token: string, atSeconds?: number) => Verified<AccessClaims>;
  /** A token with these parts, signed by the ring's current key. */
  forge(header: Part, claims: Part): string;
  /** A token with these two parts as they are spelled. */
  signParts(header: string, claims: string): string;
  /** The good token with other members; undefined leaves a member out. */
  withHeader(members: object): string;
  withClaims(members: object): string;
}

/** The base64url form of a part. */
export const encode = (part: Part): string => {
  if (typeof part === 'string' || part instanceof Uint8Array) return Buffer.from(part).toString('base64url');
  return Buffer.from(JSON.stringify(part)).toString('base64url');
};

/** Signs text by an algorithm's definition, without the code under test. */
export function rawSign(alg: Algorithm, input: string, key: KeyObject): string {
  const digest = `sha${alg.slice(2)}`;
  const bytes = Buffer.from(input);
  if (alg.startsWith('HS')) return createHmac(digest, key).update(bytes).digest('base64url');
  if (alg === 'EdDSA') return signBytes(null, bytes, key).toString('base64url');
  if (alg === 'RS256') return signBytes(digest, bytes, key).toString('base64url');
  const how =
    alg === 'PS256'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : { key, dsaEncoding: 'ieee-p1363' as const };
  return signBytes(digest, bytes, how).toString('base64url');
}

/** What a house may have other than the tests' own: a server's keys, name and time. */
export interface HouseSettings {
  key?: RingKey;
  issuer?: string;
  nowSeconds?: number;
  claims?: object;
}

/** A ring with one key, a profile with a leeway of 30 s and a life of 900 s, and a forger for it. */
export function makeHouse(alg: Algorithm, settings: HouseSettings = {}): House {
  const key = settings.key ?? generateKey(alg, 'current');
  const { issuer: iss = issuer, nowSeconds: now = nowSeconds } = settings;
  const ring = createKeyring('access', [key]);
  const profile = createProfile({ kind: 'access', issuer: iss, algorithms: [alg], ring, maxLifeSeconds: 900 });
  const header = { alg, typ: 'at+jwt', kid: key.kid };
  const claims = {
    iss,
    aud: 'parley:api',
    sub: 'user-1',
    jti: 'token-1',
    iat: now,
    exp: now + 900,
    sid: 'session-1',
    uv: 3,
    role: 'member',
    scope: 'rooms:read rooms:write',
    client_id: 'web',
    ...settings.claims,
  };
  const signParts = (headerPart: string, claimsPart: string): string => {
    const input = `${headerPart}.${claimsPart}`;
    return `${input}.${rawSign(alg, input, key.key.signWith ?? key.key.verifyWith)}`;
  };
  const forge = (headerPart: Part, claimsPart: Part): string => signParts(encode(headerPart), encode(claimsPart));
  return {
    alg,
    ring,
    key,
    profile,
    header,
    claims,
    verify: (token, atSeconds = now) => createVerifier(profile, clockAt(atSeconds))(token),
    forge,
    signParts,
    withHeader: (members) => forge({ ...header, ...members }, claims),
    withClaims: (members) => forge(header, { ...claims, ...members }),
  };
}
