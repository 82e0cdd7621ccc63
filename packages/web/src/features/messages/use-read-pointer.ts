// Decides when the read pointer is moved: what stayed in view for a second, in a tab that is visible.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { DWELL_MS, observeView, readUpTo } from './read-dwell.ts';
import type { InView } from './read-dwell.ts';

/** A pixel of tolerance: a message whose last line is cut by rounding is in view. */
const EDGE_PX = 2;

/**
 * Watches which messages are in view.
 *
 * @param markRead moves the read pointer forward; called with rising numbers only
 * @returns `look`, to be called after each scroll and commit, and the highest sequence number that has been in view
 */
export function useReadPointer(
  scroller: RefObject<HTMLElement | null>,
  markRead: (seq: number) => void,
): { look: () => void; seenSeq: number } {
  const state = useRef<Watch>({ inView: new Map(), marked: 0, timer: undefined });
  const [seenSeq, setSeenSeq] = useState(0);
  const look = useCallback(() => {
    lookAt(state.current, () => scroller.current, {
      onSeen: (seq) => setSeenSeq((before) => Math.max(before, seq)),
      onRead: markRead,
    });
  }, [scroller, markRead]);

  useEffect(() => {
    const held = state.current;
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(held.timer);
      held.timer = undefined;
    };
  }, [look]);
  return { look, seenSeq };
}

type Watch = { inView: InView; marked: number; timer: ReturnType<typeof setTimeout> | undefined };

/** Takes one look; comes back by itself while something in view has not been there long enough. */
function lookAt(
  watch: Watch,
  boxOf: () => HTMLElement | null,
  tell: { onSeen: (seq: number) => void; onRead: (seq: number) => void },
): void {
  const now = performance.now();
  const box = boxOf();
  const seqs = document.visibilityState === 'visible' && box !== null ? seqsInView(box) : [];
  watch.inView = observeView(watch.inView, seqs, now);
  const highest = seqs.at(-1);
  if (highest !== undefined) tell.onSeen(highest);
  const read = readUpTo(watch.inView, now);
  if (read !== undefined && read > watch.marked) {
    watch.marked = read;
    tell.onRead(read);
  }
  if (watch.timer !== undefined || (highest ?? 0) <= watch.marked) return;
  watch.timer = setTimeout(() => {
    watch.timer = undefined;
    lookAt(watch, boxOf, tell);
  }, DWELL_MS);
}

/** Stored messages whose end is in view, or which fill the view; ascending. */
function seqsInView(box: HTMLElement): number[] {
  const view = box.getBoundingClientRect();
  const seqs: number[] = [];
  for (const element of box.querySelectorAll<HTMLElement>('[data-seq]')) {
    const { top, bottom } = element.getBoundingClientRect();
    const endsInView = bottom > view.top && bottom <= view.bottom + EDGE_PX;
    const fillsView = top <= view.top && bottom >= view.bottom;
    if (endsInView || fillsView) seqs.push(Number(element.dataset['seq']));
  }
  return seqs.toSorted((a, b) => a - b);
}
