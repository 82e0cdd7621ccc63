// Decides whether there is room in token buckets: pure, one number for each bucket.

/** A bucket of `rate` tokens that fills up in `intervalMs`. `slot` is its place among the numbers of whoever is limited. */
export interface Bucket {
  readonly slot: number;
  readonly rate: number;
  readonly intervalMs: number;
}

// Times of this size are held exactly in steps of 1/4096 ms; in steps of 1/1024 ms sums of them are exact, too.
const steps = 1_024;

function shareOf({ rate, intervalMs }: Bucket): number {
  return Math.floor((intervalMs / rate) * steps) / steps;
}

/**
 * Takes a token from each bucket, or from none if one is empty.
 *
 * @param times for each slot, when its bucket will be full again, in Unix milliseconds; 0 is full
 */
export function take(times: number[], buckets: readonly Bucket[], now: number): boolean {
  for (const bucket of buckets) {
    const full = fullAt(times, bucket, now);
    times[bucket.slot] = full;
    if (full - now > bucket.intervalMs - shareOf(bucket)) return false;
  }
  takeAnyway(times, buckets, now);
  return true;
}

/** Takes a token from each bucket that has one. */
export function takeAnyway(times: number[], buckets: readonly Bucket[], now: number): void {
  for (const bucket of buckets) {
    times[bucket.slot] = Math.min(fullAt(times, bucket, now) + shareOf(bucket), now + bucket.intervalMs);
  }
}

// A bucket is full after one interval at the latest, also where the machine's time was set back.
function fullAt(times: readonly number[], { slot, intervalMs }: Bucket, now: number): number {
  return Math.min(Math.max(times[slot] ?? 0, now), now + intervalMs);
}
