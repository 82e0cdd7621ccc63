// Decides the form of one-time codes: RFC 6238 with SHA-1, six digits and 30 seconds, which every app understands.
import { Secret, TOTP } from 'otpauth';

const PERIOD_SECONDS = 30;
const DIGITS = 6;
const SECRET_BYTES = 20;
/** Steps before and after the present one that are still taken, for clocks that differ. */
const WINDOW = 1;

/** Makes a secret of 160 random bits, in base32 as apps take it. */
export const makeTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** The `otpauth:` address that an app reads from a QR code. */
export function totpUri(secret: string, account: { site: string; email: string }): string {
  return generator(secret, { issuer: account.site, label: account.email }).toString();
}

/**
 * The step that a code belongs to, compared in constant time.
 *
 * @param at Unix ms
 * @returns undefined if it is the code of no step around `at`
 */
export function totpStep(secret: string, code: string, at: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = generator(secret, {}).validate({ token: code, timestamp: at, window: WINDOW });
  return delta === null ? undefined : TOTP.counter({ period: PERIOD_SECONDS, timestamp: at }) + delta;
}

function generator(secret: string, names: { issuer?: string; label?: string }): TOTP {
  return new TOTP({ secret, algorithm: 'SHA1', digits: DIGITS, period: PERIOD_SECONDS, ...names });
}
