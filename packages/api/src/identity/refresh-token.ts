// Decides the form of a refresh token and of the box that keeps its successor.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** A refresh token taken apart: `id` finds its row, `secret` proves it. */
export interface RefreshToken {
  id: string;
  secret: Buffer;
}

const ID_BYTES = 16;
const SECRET_BYTES = 32;
// 48 bytes are 64 letters of base64url without a rest, so every spelling is the only one.
const FORM = /^rt_[A-Za-z0-9_-]{64}$/;
const BOX_PURPOSE = 'parley refresh successor';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes a token from randomness. */
export function makeRefreshToken(): RefreshToken {
  return { id: randomBytes(ID_BYTES).toString('base64url'), secret: randomBytes(SECRET_BYTES) };
}

/** Prints a token as clients keep it: `rt_` and 64 letters. */
export function printRefreshToken(token: RefreshToken): string {
  return `rt_${Buffer.concat([Buffer.from(token.id, 'base64url'), token.secret]).toString('base64url')}`;
}

/**
 * Takes a token apart.
 *
 * @returns undefined if the text has another length or alphabet; nothing was looked up then
 */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  if (!FORM.test(text)) return undefined;
  const bytes = Buffer.from(text.slice(3), 'base64url');
  return { id: bytes.subarray(0, ID_BYTES).toString('base64url'), secret: bytes.subarray(ID_BYTES) };
}

/** The hash that is stored: 256 random bits need no slow one. */
export function hashSecret(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether a presented secret is the stored one, in constant time. */
export function isSecret(secret: Buffer, storedHash: string): boolean {
  const presented = createHash('sha256').update(secret).digest();
  const stored = Buffer.from(storedHash, 'base64url');
  return stored.length === presented.length && timingSafeEqual(presented, stored);
}

function boxKey(predecessor: RefreshToken): Buffer {
  return Buffer.from(hkdfSync('sha256', predecessor.secret, predecessor.id, BOX_PURPOSE, 32));
}

/** Encrypts a successor so that only who holds the predecessor's secret can read it; the server's keys do not help. */
export function sealSuccessor(predecessor: RefreshToken, successor: RefreshToken): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', boxKey(predecessor), nonce);
  const text = Buffer.concat([cipher.update(printRefreshToken(successor)), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
}

/**
 * Opens a box.
 *
 * @returns undefined if it was made for another predecessor or has been changed
 */
export function openSuccessor(predecessor: RefreshToken, box: string): string | undefined {
  const bytes = Buffer.from(box, 'base64url');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', boxKey(predecessor), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(text).toString();
  } catch {
    // final() throws when the tag does not fit: that is this function's "no".
    return undefined;
  }
}
