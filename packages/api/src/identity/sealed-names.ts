// Decides the keyed hashes that identity makes with the device ring, each for one purpose that no other can stand in for.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretKeys } from '@parley/tokens';

/** What a keyed hash is for. */
export type SealPurpose = 'sign-in name' | 'device' | 'device failures' | 'challenge';

type Ring = Pick<SecretKeys, 'current' | 'find'>;

/** The keyed hash of `text` under the current key: base64url, 43 characters. */
export function seal(keys: Ring, purpose: SealPurpose, text: string): string {
  return sealWith(keys.current('device').key, purpose, text);
}

/** Whether `presented` is the keyed hash of `text` under the key `kid`, compared in constant time. */
export function isSeal(
  keys: Ring,
  made: { purpose: SealPurpose; kid: string; text: string },
  presented: string,
): boolean {
  const key = keys.find('device', made.kid);
  if (key === undefined) return false;
  const expected = Buffer.from(sealWith(key.key, made.purpose, made.text));
  const given = Buffer.from(presented);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function sealWith(key: Uint8Array, purpose: SealPurpose, text: string): string {
  return createHmac('sha256', key).update(`${purpose}\n${text}`).digest('base64url');
}
