// Decides whether a request fits a rate, by the generic cell rate algorithm: one timestamp a key says it all.

/** A rate as the algorithm takes it. `intervalMs` is the time that one point takes to come back. */
export interface Cells {
  intervalMs: number;
  /** Points that may be taken at once. */
  capacity: number;
}

/** What taking gets: the timestamp to keep, or how long to wait, in milliseconds. */
export type Fitted = { ok: true; arrival: number } | { ok: false; waitMs: number };

/**
 * Takes `cost` points. What is refused changes nothing, so that asking too often does not make the wait longer.
 *
 * @param arrival the timestamp kept for the key, Unix ms; undefined for a new key. One that lies further ahead than a
 *   full bucket (the clock was set back) counts as a full bucket
 * @param request `now` in Unix ms
 */
export function fit(arrival: number | undefined, cells: Cells, request: { now: number; cost: number }): Fitted {
  const { now, cost } = request;
  const full = now + cells.intervalMs * cells.capacity;
  const next = Math.min(Math.max(arrival ?? now, now), full) + cells.intervalMs * cost;
  // Intervals need not be whole milliseconds: half of one is forgiven, so that sums of fractions come out even.
  return next < full + 0.5 ? { ok: true, arrival: next } : { ok: false, waitMs: next - full };
}
