// Decides how durations are written: as Go writes them, held in milliseconds.

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a duration like `"1h30m"`, `"300ms"` or `"-1s"`; undefined if it is not one. What is below a
 * millisecond and not zero becomes one: zero often means "off".
 */
export function parseDuration(value: string): number | undefined {
  const [, sign = '', amount = ''] = /^([+-]?)(.+)$/.exec(value) ?? [];
  if (amount === '0') return 0;
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(amount)) return undefined;
  let total = 0;
  for (const [, count, unit] of amount.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(count) * (unitMs[unit ?? ''] ?? 0);
  }
  const whole = toWholeMs(total);
  return sign === '-' ? -whole : whole;
}

/** Milliseconds of a plain number, which counts nanoseconds; undefined below one millisecond, where somebody meant something else. */
export function nanosecondsToMs(value: number): number | undefined {
  if (value === 0) return 0;
  return Math.abs(value) < 1e6 || !Number.isSafeInteger(value) ? undefined : Math.round(value / 1e6);
}

function toWholeMs(total: number): number {
  return total > 0 ? Math.max(1, Math.round(total)) : 0;
}
