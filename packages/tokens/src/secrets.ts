// Decides which HMAC secrets are good enough to sign with.
import type { SecretProblem } from './problems.ts';

/** The smallest secret for each HMAC, in random bytes: as long as its hash (RFC 7518, 3.2). */
export const minSecretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;

/** The algorithms that a shared secret signs with. */
export type SecretAlgorithm = keyof typeof minSecretBytes;

// Secrets out of documentation, examples and templates, in lower case without spaces. Short ones stand here too, so
// that the refusal names the true reason.
const wellKnownSecrets: ReadonlySet<string> = new Set([
  'secret',
  'secretkey',
  'secret_key',
  'secret-key',
  'supersecret',
  'super-secret',
  'topsecret',
  'mysecret',
  'my-secret',
  'jwtsecret',
  'jwt_secret',
  'jwt-secret',
  'password',
  'passw0rd',
  'admin',
  'parley',
  'centrifugo',
  'test',
  'key',
  'shhhh',
  'keyboardcat',
  'qwertyuiopasdfghjklzxcvbnm123456',
  '0123456789abcdef0123456789abcdef',
  'aym1sysppbydfgzld3umj1qzkobwvmkoqq-estjqlr_t-1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow',
  'a-string-secret-at-least-256-bits-long',
  'your-256-bit-secret',
  'your-384-bit-secret',
  'your-512-bit-secret',
]);

// Words of a template that somebody forgot to replace; no random secret contains them by chance.
const placeholderWords: readonly string[] = [
  'changeme',
  'change-me',
  'change_me',
  'change-this',
  'change_this',
  'replaceme',
  'replace-me',
  'replace_me',
  'your-secret',
  'your_secret',
  'yoursecret',
  'your-super-secret',
  'super-secret-key',
  'super_secret_key',
  'secret-key-here',
  'placeholder',
  'do-not-use',
  '256-bit',
];

/**
 * Judges a secret given as text, as in `JWT_SECRET`; its UTF-8 bytes are the key. Hexadecimal text counts 4 bits a
 * character and base64 text 6, so 32 hexadecimal characters are 16 bytes and too short.
 *
 * @returns the problem, or undefined if the secret is good
 */
export function checkSecret(secret: string, alg: SecretAlgorithm = 'HS256'): SecretProblem | undefined {
  if (isWellKnown(secret)) return 'well_known';
  if (textBits(secret) < minSecretBytes[alg] * 8) return 'too_short';
  return isRandomLooking(Buffer.from(secret, 'utf8')) ? undefined : 'low_entropy';
}

/**
 * Judges a secret given as bytes, as in a JWK.
 *
 * @returns the problem, or undefined if the secret is good
 */
export function checkSecretBytes(
  secret: Uint8Array,
  minBytes: number = minSecretBytes.HS256,
): SecretProblem | undefined {
  const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength);
  if (isWellKnown(bytes.toString('utf8')) || isWellKnown(bytes.toString('base64url'))) return 'well_known';
  if (bytes.length < minBytes) return 'too_short';
  return isRandomLooking(bytes) ? undefined : 'low_entropy';
}

function isWellKnown(text: string): boolean {
  const plain = text.toLowerCase().replaceAll(/\s/g, '');
  return wellKnownSecrets.has(plain) || placeholderWords.some((word) => plain.includes(word));
}

function textBits(text: string): number {
  if (/^[0-9a-fA-F]+$/.test(text)) return text.length * 4;
  const base64 = /^([A-Za-z0-9+/_-]+)={0,2}$/.exec(text);
  if (base64?.[1] !== undefined) return base64[1].length * 6;
  return Buffer.byteLength(text, 'utf8') * 8;
}

/** False for few distinct bytes, a repeated unit, and a sequence; 32 random bytes or 64 random hexadecimal digits pass. */
function isRandomLooking(bytes: Buffer): boolean {
  if (new Set(bytes).size < 8) return false;
  for (let period = 1; period <= bytes.length / 2; period += 1) {
    if (bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period))) return false;
  }
  let evenSteps = 0;
  for (let at = 2; at < bytes.length; at += 1) {
    if (stepTo(bytes, at) === stepTo(bytes, at - 1)) evenSteps += 1;
  }
  return evenSteps < bytes.length / 2;
}

const stepTo = (bytes: Buffer, at: number): number => (bytes[at] ?? 0) - (bytes[at - 1] ?? 0);
