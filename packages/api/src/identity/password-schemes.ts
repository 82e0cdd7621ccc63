// Decides what a stored password is: its scheme alone selects how it is checked, and its text names the key it needs.
import { createHash, timingSafeEqual } from 'node:crypto';
import { parseOptions } from '@node-rs/argon2';
import type { ApiConfig } from '../config.ts';
import type { UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';

/** What an account stores of its password. */
export type StoredPassword = Pick<UserRow, 'password_hash' | 'password_scheme'>;

/** How old systems made bytes of a password before they hashed them. */
export type PasswordBytes = 'utf8' | 'utf16le' | 'latin1';

/**
 * What each scheme is. `wrapped` is Argon2id over the lower-case hexadecimal SHA-256 of an old system, `digest` that
 * SHA-256 itself, not wrapped yet; both know which bytes were hashed.
 */
export const SCHEMES = {
  argon2id: { kind: 'argon2id' },
  'argon2id-sha256': { kind: 'wrapped', bytes: 'utf8' },
  'argon2id-sha256-utf16le': { kind: 'wrapped', bytes: 'utf16le' },
  'argon2id-sha256-latin1': { kind: 'wrapped', bytes: 'latin1' },
  sha256: { kind: 'digest', bytes: 'utf8' },
  'sha256-utf16le': { kind: 'digest', bytes: 'utf16le' },
  'sha256-latin1': { kind: 'digest', bytes: 'latin1' },
  none: { kind: 'none' },
} as const satisfies Record<UserRow['password_scheme'], { kind: string; bytes?: PasswordBytes }>;

/** The scheme of a digest that was made of such bytes. */
export const digestScheme = (bytes: PasswordBytes) => (bytes === 'utf8' ? 'sha256' : (`sha256-${bytes}` as const));

/** Schemes whose digests are not wrapped yet. */
export const DIGEST_SCHEMES = ['sha256', 'sha256-utf16le', 'sha256-latin1'] as const;

/**
 * The scheme of a digest once it is wrapped.
 *
 * @throws TypeError for a scheme that is no bare digest
 */
export function wrappedScheme(scheme: UserRow['password_scheme']): UserRow['password_scheme'] {
  const { kind, ...rest } = SCHEMES[scheme];
  if (kind !== 'digest' || !('bytes' in rest)) throw new TypeError(`${scheme} is no bare digest`);
  return rest.bytes === 'utf8' ? 'argon2id-sha256' : `argon2id-sha256-${rest.bytes}`;
}

/** Schemes that rest on the SHA-256 of an old system. */
export const LEGACY_SCHEMES = [
  ...DIGEST_SCHEMES,
  'argon2id-sha256',
  'argon2id-sha256-utf16le',
  'argon2id-sha256-latin1',
] as const;

/** Whether a password still rests on the SHA-256 of an old system. */
export function isLegacy(stored: StoredPassword): boolean {
  return LEGACY_SCHEMES.some((scheme) => scheme === stored.password_scheme);
}

/**
 * The lower-case hexadecimal SHA-256 that an old system made of a password, of its own bytes: nothing is normalised.
 *
 * @returns undefined if the password cannot be written in those bytes
 */
export function legacyDigest(password: string, bytes: PasswordBytes): string | undefined {
  // Node would cut a character that Latin-1 lacks to its low byte, and another password would fit.
  const isWritable = password.isWellFormed() && (bytes !== 'latin1' || /^[\0-\u00ff]*$/.test(password));
  return isWritable ? createHash('sha256').update(Buffer.from(password, bytes)).digest('hex') : undefined;
}

/** Whether two digests of equal form are the same, in constant time. */
export function isSameDigest(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/**
 * Brings the digest of an old system to lower-case hexadecimal, whether it was written in upper case, in base64 (of
 * either alphabet) or with a line end.
 *
 * @returns undefined if it is no SHA-256
 */
export function normaliseDigest(text: string): string | undefined {
  const digest = text.trim();
  if (/^[0-9A-Fa-f]{64}$/.test(digest)) return digest.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(digest)) return undefined;
  return Buffer.from(digest, 'base64').toString('hex');
}

/** Argon2id cost: memory in KiB, passes, lanes. */
export type Cost = ApiConfig['argon2'];

/** An Argon2 text taken apart: as the library reads it, its cost, and the id of the pepper in it. */
export interface Argon2Text {
  hash: string;
  cost: Cost;
  kid: string | undefined;
}

// The PHC form, with `keyid` where its specification has it.
const PHC =
  /^(\$argon2id\$v=19\$m=\d{1,10},t=\d{1,10},p=\d{1,3})(?:,keyid=([\w-]{1,64}))?(\$[\w+/]{11,86}\$[\w+/]{16,86})$/;

/** Writes the id of the pepper into a text that the library made. */
export function sealArgon2(hash: string, kid: string): string {
  const [, head, , tail] = PHC.exec(hash) ?? [];
  if (head === undefined || tail === undefined) throw new TypeError('this is no Argon2id text');
  return `${head},keyid=${kid}${tail}`;
}

/**
 * Takes a stored text apart. A cost out of bounds is never computed: it would take the machine down.
 *
 * @returns why it cannot be used, for the log
 */
export function openArgon2(
  stored: string,
): { ok: true; text: Argon2Text } | { ok: false; reason: 'no Argon2id text' | 'cost out of bounds' } {
  const [, head, kid, tail] = PHC.exec(stored) ?? [];
  if (head === undefined || tail === undefined) return { ok: false, reason: 'no Argon2id text' };
  const cost = costOf(`${head}${tail}`);
  if (cost === undefined) return { ok: false, reason: 'no Argon2id text' };
  const { storedMemoryCost, storedTimeCost, storedParallelism } = LIMITS.password;
  const isAffordable =
    cost.memoryCost <= storedMemoryCost && cost.timeCost <= storedTimeCost && cost.parallelism <= storedParallelism;
  if (!isAffordable) return { ok: false, reason: 'cost out of bounds' };
  return { ok: true, text: { hash: `${head}${tail}`, cost, kid } };
}

function costOf(hash: string): Cost | undefined {
  try {
    const { memoryCost, timeCost, parallelism } = parseOptions(hash);
    return { memoryCost, timeCost, parallelism };
  } catch {
    // The library throws on what is no Argon2 text: there is no cost to speak of.
    return undefined;
  }
}
