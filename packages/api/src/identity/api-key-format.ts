// Decides the form of a key of a program, `prk_<env>_<id>_<secret>_<crc>`, and what is stored of its secret.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ApiConfig } from '../config.ts';

/** What every key begins with: it tells keys from tokens, and scanners find leaked ones by it. */
export const API_KEY_PREFIX = 'prk_';

/** `live` for keys of an installation that people reach over https, `test` for one on loopback. */
export type KeyEnvironment = 'live' | 'test';

/** The parts of a key. `id` is a UUID; `secret` is 32 random bytes in hexadecimal. */
export interface ApiKeyParts {
  environment: KeyEnvironment;
  id: string;
  secret: string;
}

const FORM = /^prk_(live|test)_([0-9a-f]{32})_([0-9a-f]{64})_([0-9a-f]{8})$/;
const DASHES = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** Which kind of key an installation makes and takes. */
export const keyEnvironment = (config: Pick<ApiConfig, 'publicUrl'>): KeyEnvironment =>
  config.publicUrl.startsWith('https:') ? 'live' : 'test';

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** A new secret of 256 random bits. */
export const makeKeySecret = (): string => randomBytes(32).toString('hex');

/** The text of a key; the checksum is over everything before it. */
export function printApiKey({ environment, id, secret }: ApiKeyParts): string {
  const body = `${API_KEY_PREFIX}${environment}_${id.replaceAll('-', '')}_${secret}`;
  return `${body}_${checksum(body)}`;
}

/**
 * Reads a key.
 *
 * @returns undefined for another form or a wrong checksum: a typo that nobody needs to look up
 */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, environment, id = '', secret = '', sum] = FORM.exec(text) ?? [];
  if (environment !== 'live' && environment !== 'test') return undefined;
  if (sum !== checksum(text.slice(0, -9))) return undefined;
  return { environment, id: id.replace(DASHES, '$1-$2-$3-$4-$5'), secret };
}

/** What is stored of a secret. 256 random bits need no slow hash. */
export const hashKeySecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Compares a presented secret with a stored hash in constant time. */
export function isKeySecret(secret: string, storedHash: string): boolean {
  const presented = Buffer.from(hashKeySecret(secret));
  const stored = Buffer.from(storedHash);
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}
