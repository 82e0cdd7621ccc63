// Decides how a secret that the server has to read again is encrypted at rest.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKeys } from '@parley/tokens';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a text with AES-256-GCM under the current key of the ring `vault`.
 *
 * @param sealed `owner` is bound to the box: under another one it does not open, so that boxes cannot be swapped
 * @returns the key's id, a dot, and nonce, text and tag in base64url
 */
export function sealSecret(keys: Pick<SecretKeys, 'current'>, sealed: { text: string; owner: string }): string {
  const { kid, key } = keys.current('vault');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(sealed.owner));
  const text = Buffer.concat([cipher.update(sealed.text), cipher.final()]);
  return `${kid}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`;
}

/**
 * Opens a box.
 *
 * @returns undefined if its key is unknown or revoked, it belongs to another owner, or it has been changed
 */
export function openSecret(keys: Pick<SecretKeys, 'find'>, sealed: { box: string; owner: string }): string | undefined {
  const at = sealed.box.indexOf('.');
  const key = keys.find('vault', sealed.box.slice(0, Math.max(0, at)));
  const bytes = Buffer.from(sealed.box.slice(at + 1), 'base64url');
  if (key === undefined || bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(sealed.owner)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    // final() throws when the tag does not fit: that is this function's "no".
    return undefined;
  }
}
