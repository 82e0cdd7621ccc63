// Decides when the log follows its end and when the reader's row is held in its place.
import { useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { anchorShift, chooseAnchor, isNearEnd } from './anchor-offset.ts';
import type { Anchor, RowEdges } from './anchor-offset.ts';

/** A scroll event this near to where a correction left the log is its echo. Pixels. */
const ECHO_PX = 1;

/** Where the reader stands. `sync` is to be called on each scroll event; `toEnd` leads to the end and stays there. */
export type ScrollAnchor = { isAtEnd: boolean; sync: () => void; toEnd: () => void };

/** What is remembered between commits: where corrections left the log, and what they hold. */
type Held = { sticks: boolean; anchor: Anchor | undefined; settledTop: number; height: number };

/**
 * Keeps the reader's place over every commit: at the end while they stand there, else with their row where it was. The
 * virtual list already moves the scroll position for rows that it measured; this mends what it cannot know, such as
 * headings that change inside the reader's own row.
 *
 * @param startsAtEnd whether the log opens at its end
 */
export function useScrollAnchor(scroller: RefObject<HTMLElement | null>, startsAtEnd: boolean): ScrollAnchor {
  const held = useRef<Held>({ sticks: startsAtEnd, anchor: undefined, settledTop: -1, height: 0 });
  const [isAtEnd, setIsAtEnd] = useState(startsAtEnd);

  const sync = (): void => {
    const box = scroller.current;
    if (box === null) return;
    const now = held.current;
    const isNear = isNearEnd(box);
    // Away from the end because there is more below: the reader has not moved.
    const hasOutgrown = now.sticks && !isNear && box.scrollHeight !== now.height;
    now.sticks = isNear || hasOutgrown;
    setIsAtEnd(now.sticks);
    if (hasOutgrown) settle(box, now);
    // The echo of a correction is no movement either: the anchor stays until heights have settled.
    if (now.anchor !== undefined && Math.abs(box.scrollTop - now.settledTop) < ECHO_PX) return;
    now.anchor = now.sticks ? undefined : chooseAnchor(rowEdges(box), box.clientHeight);
  };

  const toEnd = (): void => {
    const box = scroller.current;
    if (box === null) return;
    Object.assign(held.current, { sticks: true, anchor: undefined });
    setIsAtEnd(true);
    settle(box, held.current);
  };

  useLayoutEffect(() => {
    if (scroller.current !== null) settle(scroller.current, held.current);
  });

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    // The composer grows, the keyboard of a phone opens: the end stays in view.
    const observer = new ResizeObserver(() => settle(box, held.current));
    observer.observe(box);
    return () => observer.disconnect();
  }, [scroller]);

  return { isAtEnd, sync, toEnd };
}

/** Puts the log where it belongs: to its end, or with the anchored row where it was. */
function settle(box: HTMLElement, now: Held): void {
  if (now.sticks) {
    box.scrollTop = box.scrollHeight;
  } else {
    const rows = rowEdges(box);
    const row = rows.find(({ key }) => key === now.anchor?.key);
    const shift = anchorShift(now.anchor, row);
    if (shift !== 0) box.scrollTop += shift;
    // After a jump there was nothing to hold on to until now.
    now.anchor ??= chooseAnchor(rows, box.clientHeight);
  }
  now.settledTop = box.scrollTop;
  now.height = box.scrollHeight;
}

/** The rendered messages, in pixels below the top of the log. */
export function rowEdges(box: HTMLElement): RowEdges[] {
  const origin = box.getBoundingClientRect().top;
  return Array.from(box.querySelectorAll<HTMLElement>('[data-message-key]'), (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { key: element.dataset['messageKey'] ?? '', top: top - origin, bottom: bottom - origin };
  });
}
