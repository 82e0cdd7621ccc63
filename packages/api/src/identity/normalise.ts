// Decides the canonical form of an e-mail address, of a name and of a password: normalise first, judge after.
import { domainToASCII } from 'node:url';
import { LIMITS } from '../http/limits.ts';

/** An address as it is shown (`email`) and as it is compared (`key`). */
export interface CanonicalEmail {
  email: string;
  key: string;
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]/u;
/** Scripts whose letters are drawn alike; a name that mixes them wants to be taken for another. */
const LOOK_ALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/** What a host name of any script is written with: the parser behind it would cut off or decode anything else. */
const HOST_NAME = /^[\p{L}\p{M}\p{N}_.\u3002-]*[\p{L}\p{M}\p{N}]$/u;

/** Folds compatibility forms and case, the Turkish i's included. */
function fold(text: string): string {
  const upper = text.normalize('NFKC').toUpperCase();
  return upper.toLowerCase().normalize('NFKC').replaceAll('i\u0307', 'i');
}

/**
 * Brings an address to the one form that accounts are unique by.
 *
 * @returns undefined if it is no address that can have an account
 */
export function canonicalEmail(typed: string): CanonicalEmail | undefined {
  const email = typed.trim().normalize('NFC');
  if (!email.isWellFormed() || INVISIBLE.test(email)) return undefined;
  const parts = email.normalize('NFKC').split('@');
  const [localText = '', domainText = ''] = parts;
  const local = fold(localText);
  // Not folded: the name service tells domains apart that differ in a dotless i or a sharp s, and so do their owners.
  const domain = HOST_NAME.test(domainText) ? domainToASCII(domainText) : '';
  if (parts.length !== 2 || local === '' || domain === '' || INVISIBLE.test(local)) return undefined;
  if (LOOK_ALIKES.filter((script) => script.test(local)).length > 1) return undefined;
  const key = `${local}@${domain}`;
  const isTooLong = Math.max(Buffer.byteLength(key), Buffer.byteLength(email)) > LIMITS.identifierBytes;
  return isTooLong ? undefined : { email, key };
}

/**
 * Whether two addresses of one key are one mailbox beyond doubt. A key folds letters that a mail server may tell apart,
 * so an address that somebody else vouches for opens no account that is merely alike.
 */
export function isSameMailbox(one: string, other: string): boolean {
  const localOf = (email: string): string =>
    (
      email
        .trim()
        .normalize('NFC')
        .split(/[@\uff20\ufe6b]/)[0] ?? ''
    ).toLowerCase();
  return localOf(one) === localOf(other);
}

const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/u;

// Letters that are drawn as nothing: fillers, joiners, tags, the blank of Braille.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{M}\s\u2800]/gu;

/**
 * Brings a display name to NFC.
 *
 * @returns undefined if it holds control characters, direction marks, ends of lines or half characters, or shows nothing
 */
export function canonicalName(typed: string): string | undefined {
  const name = typed.trim().normalize('NFC');
  const isOneLine = !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) && !BIDI_CONTROLS.test(name);
  return name.isWellFormed() && isOneLine && name.replaceAll(UNSEEN, '') !== '' ? name : undefined;
}

/**
 * Brings a password to the form that is hashed: NFC, nothing trimmed, nothing cut.
 *
 * @returns undefined if it holds half characters or is longer than any password may be
 */
export function canonicalPassword(typed: string): string | undefined {
  if (!typed.isWellFormed()) return undefined;
  const password = typed.normalize('NFC');
  return Buffer.byteLength(password) <= LIMITS.password.maxBytes ? password : undefined;
}
