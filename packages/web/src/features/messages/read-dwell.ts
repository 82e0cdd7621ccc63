// Decides when a message counts as read: it was in view, in a visible tab, for a whole second.

/** How long a message has to stay in view. Milliseconds. */
export const DWELL_MS = 1_000;

/** Since when each message that is in view has been in view: sequence number → milliseconds of the caller's clock. */
export type InView = ReadonlyMap<number, number>;

/**
 * Takes note of what is in view now.
 *
 * @param before the result of the last call; an empty map at first
 * @param seqs the messages in view now; empty while the tab is hidden
 * @returns the new state: what stayed keeps its time, what left is forgotten
 */
export function observeView(before: InView, seqs: readonly number[], nowMs: number): InView {
  return new Map(seqs.map((seq) => [seq, before.get(seq) ?? nowMs]));
}

/**
 * Tells up to where the room has been read.
 *
 * @returns the highest sequence number that has been in view for {@link DWELL_MS}, or undefined
 */
export function readUpTo(inView: InView, nowMs: number): number | undefined {
  let highest: number | undefined;
  for (const [seq, sinceMs] of inView)
    if (nowMs - sinceMs >= DWELL_MS && (highest === undefined || seq > highest)) highest = seq;
  return highest;
}
