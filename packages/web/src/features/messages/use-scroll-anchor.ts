// Decides when the log follows its end and when the reader's row is held in its place.
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { anchorShift, chooseAnchor, isNearEnd } from './anchor-offset.ts';
import type { Anchor, RowEdges } from './anchor-offset.ts';

/** A scroll event this near to where a correction left the log is its echo. Pixels. */
const ECHO_PX = 1;

/** Where the reader stands. `sync` is to be called on each scroll event; `release` before a scroll of our own. */
export type ScrollAnchor = { isAtEnd: boolean; sync: () => void; release: () => void };

/**
 * Keeps the reader's row in place over every commit. The virtual list already moves the scroll position for rows that
 * it measured; this mends what it cannot know: separators and headings that change inside the reader's own row.
 *
 * @param toEnd scrolls to the end; used when the view itself changes its height while the reader stands at the end
 */
export function useScrollAnchor(scroller: RefObject<HTMLElement | null>, toEnd: () => void): ScrollAnchor {
  const anchor = useRef<Anchor | undefined>(undefined);
  const sticks = useRef(true);
  const settledTop = useRef(-1);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const sync = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    sticks.current = isNearEnd(box);
    setIsAtEnd(sticks.current);
    // The echo of a correction is no movement of the reader: the anchor stays until heights have settled.
    if (anchor.current !== undefined && Math.abs(box.scrollTop - settledTop.current) < ECHO_PX) return;
    anchor.current = sticks.current ? undefined : chooseAnchor(rowEdges(box), box.clientHeight);
  }, [scroller]);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null || sticks.current) return;
    const rows = rowEdges(box);
    const key = anchor.current?.key;
    const held = rows.find((row) => row.key === key);
    const shift = anchorShift(anchor.current, held);
    if (shift !== 0) box.scrollTop += shift;
    // After a jump there was nothing to hold on to until now.
    anchor.current ??= chooseAnchor(rows, box.clientHeight);
    settledTop.current = box.scrollTop;
  });

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (sticks.current) toEnd();
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [scroller, toEnd]);

  const release = useCallback(() => {
    anchor.current = undefined;
  }, []);
  return { isAtEnd, sync, release };
}

/** The rendered messages, in pixels below the top of the log. */
export function rowEdges(box: HTMLElement): RowEdges[] {
  const origin = box.getBoundingClientRect().top;
  return Array.from(box.querySelectorAll<HTMLElement>('[data-message-key]'), (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { key: element.dataset['messageKey'] ?? '', top: top - origin, bottom: bottom - origin };
  });
}
