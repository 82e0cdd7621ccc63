// Decides how quantiles of durations are known: by counting in narrow buckets, over the last five to ten minutes.

const windowMs = 5 * 60_000;
const perOctave = 8;
const smallestSeconds = 1e-6;
/** Up to 134 seconds; what is longer counts as that. */
const bucketCount = 27 * perOctave;

/** Durations of the last five to ten minutes. */
export class RecentDurations {
  #current = new Uint32Array(bucketCount);
  #former = new Uint32Array(bucketCount);
  #startedAt: number;

  constructor(nowMs: number) {
    this.#startedAt = nowMs;
  }

  /** Counts one duration. */
  record(seconds: number, nowMs: number): void {
    this.#turn(nowMs);
    const octaves = Math.log2(Math.max(seconds, smallestSeconds) / smallestSeconds);
    const bucket = Math.min(Math.floor(octaves * perOctave), bucketCount - 1);
    this.#current[bucket] = (this.#current[bucket] ?? 0) + 1;
  }

  /** The counts of all buckets, for `quantile`; those of several processes may be added. */
  counts(nowMs: number): number[] {
    this.#turn(nowMs);
    return Array.from(this.#current, (count, bucket) => count + (this.#former[bucket] ?? 0));
  }

  #turn(nowMs: number): void {
    const passed = nowMs - this.#startedAt;
    // A clock that was set back begins a window too, so that none lasts for ever.
    if (passed >= 0 && passed < windowMs) return;
    this.#former = passed < 0 || passed >= 2 * windowMs ? new Uint32Array(bucketCount) : this.#current;
    this.#current = new Uint32Array(bucketCount);
    this.#startedAt = nowMs;
  }
}

/**
 * A quantile in seconds, at most 5 % off.
 *
 * @param share from 0 to 1
 * @returns NaN if nothing was counted
 */
export function quantile(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = Math.max(1, Math.ceil(share * total));
  for (const [bucket, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return smallestSeconds * 2 ** ((bucket + 0.5) / perOctave);
  }
  return Number.NaN;
}
