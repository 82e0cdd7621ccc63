// Decides when the log follows its end and when the reader's row is held in its place.
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { anchorShift, chooseAnchor, isNearEnd } from './anchor-offset.ts';
import type { Anchor, RowTop } from './anchor-offset.ts';

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
  const [isAtEnd, setIsAtEnd] = useState(true);

  const sync = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    sticks.current = isNearEnd(box);
    anchor.current = sticks.current ? undefined : chooseAnchor(rowTops(box));
    setIsAtEnd(sticks.current);
  }, [scroller]);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null || anchor.current === undefined) return;
    const key = anchor.current.key;
    const shift = anchorShift(
      anchor.current,
      rowTops(box).find((row) => row.key === key),
    );
    if (shift !== 0) box.scrollTop += shift;
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
export function rowTops(box: HTMLElement): RowTop[] {
  const origin = box.getBoundingClientRect().top;
  return Array.from(box.querySelectorAll<HTMLElement>('[data-message-key]'), (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { key: element.dataset['messageKey'] ?? '', top: top - origin, bottom: bottom - origin };
  });
}
