// Decides what a subscriber gets that comes back: pure, from what was stored and what arrived meanwhile.
import type { StreamPosition, WirePublication } from '@parley/protocol';

/** A publication that arrived while history was read, with the epoch of its stream. */
export interface Arrival {
  readonly publication: WirePublication;
  readonly epoch: string;
}

/** What is known when a client wants to recover. */
export interface RecoveryInput {
  /** Where the client says that it stands. An empty epoch matches any. */
  readonly wanted: StreamPosition;
  /** Publications after `wanted`, ascending, at most as many as the server recovers. */
  readonly stored: readonly WirePublication[];
  /** Where the stream stood when it was read. */
  readonly top: StreamPosition;
}

/** Whether everything after the wanted position is in `stored`. */
export function isRecovered({ wanted, stored, top }: RecoveryInput): boolean {
  if (wanted.epoch !== '' && wanted.epoch !== top.epoch) return false;
  const first = stored[0];
  const last = stored.at(-1);
  if (first === undefined || last === undefined) return top.offset === wanted.offset;
  return first.offset === wanted.offset + 1 && last.offset === top.offset;
}

/** One run of publications, or the finding that one is missing. */
export type Merged = { ok: true; publications: WirePublication[]; offset: number } | { ok: false };

/**
 * Joins stored publications and arrivals to one run.
 *
 * @param position where the run begins: its offset is not part of it
 * @param stored ascending offsets
 * @param arrivals in any order; may overlap `stored`. Those outside of the stream (offset 0) are left out
 * @returns ascending offsets without a gap, each once; not ok if one is missing or an epoch differs
 */
export function merge(
  position: StreamPosition,
  stored: readonly WirePublication[],
  arrivals: readonly Arrival[],
): Merged {
  const inStream = arrivals.filter(({ publication }) => publication.offset > 0);
  if (inStream.some(({ epoch }) => epoch !== position.epoch)) return { ok: false };
  const ascending = [...stored, ...inStream.map(({ publication }) => publication)].sort((a, b) => a.offset - b.offset);
  const publications: WirePublication[] = [];
  let { offset } = position;
  for (const publication of ascending) {
    if (publication.offset <= offset) continue;
    if (publication.offset !== offset + 1) return { ok: false };
    offset += 1;
    publications.push(publication);
  }
  return { ok: true, publications, offset };
}
