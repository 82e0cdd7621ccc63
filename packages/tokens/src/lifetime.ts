// Decides how people write how long something lasts: `15m`, `1h`, `7d`, or a number of seconds.

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const form = /^([1-9][0-9]{0,8})([smhd]?)$/;

/**
 * Reads a time span, as in `ACCESS_TOKEN_EXPIRY`.
 *
 * @param text a whole number above 0 with one of the units s, m, h, d; seconds without a unit
 * @returns whole seconds, or undefined for any other text
 */
export function parseLifetime(text: string): number | undefined {
  const [, count, unit] = form.exec(text) ?? [];
  const seconds = secondsOf[unit === '' ? 's' : (unit ?? '')];
  return seconds === undefined ? undefined : Number(count) * seconds;
}
