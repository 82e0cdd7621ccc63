// Decides whether a backend has allowed a user to track these keys: `<iat>:<exp>:<hex hmac>` over user, channel and keys.
import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** Secrets that sign keys. The previous one is good for what was signed until `previousValidUntil` (Unix seconds; 0: all). */
export interface SignatureSecrets {
  readonly secret: string;
  /** "" is none. */
  readonly previous: string;
  readonly previousValidUntil: number;
}

/** What a signature is about. The order of the keys counts. */
export interface SignedKeys {
  readonly user: string;
  readonly channel: string;
  readonly keys: readonly string[];
}

/** A good signature with its end in Unix milliseconds (undefined: none), or why it is not good. */
export type CheckedSignature =
  | { readonly ok: true; readonly expiresAt: number | undefined }
  | { readonly ok: false; readonly problem: 'invalid' | 'expired' };

// Clocks of backend and server differ, and a client may have been about to renew.
const graceMs = 5_000;

const form = /^(\d{1,15}):(\d{1,15}):([0-9a-f]{64})$/;

/** Checks a signature; what is wrong in any way is `invalid`, `expired` is what was good more than five seconds ago. */
export function checkSignature(
  secrets: SignatureSecrets,
  signature: string,
  { signed, nowMs }: { signed: SignedKeys; nowMs: number },
): CheckedSignature {
  const [, iat, exp, mac] = form.exec(signature) ?? [];
  if (iat === undefined || exp === undefined || mac === undefined) return { ok: false, problem: 'invalid' };
  const isOf = (secret: string) => secret !== '' && isEqual(mac, signatureMac(secret, { iat, exp }, signed));
  const mayBePrevious = secrets.previousValidUntil === 0 || Number(iat) <= secrets.previousValidUntil;
  if (!isOf(secrets.secret) && !(mayBePrevious && isOf(secrets.previous))) return { ok: false, problem: 'invalid' };
  const expiresAt = Number(exp) === 0 ? undefined : Number(exp) * 1000;
  if (expiresAt !== undefined && nowMs > expiresAt + graceMs) return { ok: false, problem: 'expired' };
  return { ok: true, expiresAt };
}

/** The last part of a signature, in hex; `iat` and `exp` as they are written in it. */
export function signatureMac(
  secret: string,
  { iat, exp }: { iat: string; exp: string },
  { user, channel, keys }: SignedKeys,
): string {
  const digest = hash('sha256', keys.join('\0'));
  return createHmac('sha256', secret).update([iat, exp, user, channel, digest].join('\0')).digest('hex');
}

function isEqual(presented: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(presented), Buffer.from(expected));
}
