// Decides how the keyboard walks through the log: one tab stop, arrows from message to message, Enter for its menu.
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, RefObject } from 'react';
import type { TimelineRow } from './timeline-rows.ts';

/** The walk through the rows. `withActive` keeps the active row rendered wherever the reader scrolls. */
export type RowFocus = {
  activeKey: string | undefined;
  withActive: (indexes: number[]) => number[];
  moveTo: (key: string) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
};

/**
 * Gives the log one tab stop, at the newest message until the arrows move it.
 */
export function useRowFocus(scroller: RefObject<HTMLElement | null>, rows: readonly TimelineRow[]): RowFocus {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const wanted = useRef<string | undefined>(undefined);
  const chosenIndex = chosen === undefined ? -1 : rows.findIndex((row) => row.message.key === chosen);
  const activeIndex = chosenIndex === -1 ? rows.length - 1 : chosenIndex;

  const withActive = useCallback(
    (indexes: number[]) => {
      if (activeIndex < 0 || indexes.includes(activeIndex)) return indexes;
      return [...indexes, activeIndex].toSorted((a, b) => a - b);
    },
    [activeIndex],
  );
  const moveTo = useCallback((key: string) => {
    wanted.current = key;
    setChosen(key);
  }, []);

  // The row may be rendered only by the commit that follows the choice.
  useLayoutEffect(() => {
    if (wanted.current === undefined || scroller.current === null) return;
    const row = scroller.current.querySelector<HTMLElement>(`[data-message-key="${CSS.escape(wanted.current)}"]`);
    if (row === null) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  });

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset['messageKey'] === undefined) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      event.target.querySelector<HTMLElement>('[aria-haspopup="menu"]')?.click();
      return;
    }
    const next = rows[targetIndex(event.key, activeIndex, rows.length)];
    if (next === undefined) return;
    event.preventDefault();
    moveTo(next.message.key);
  };
  return { activeKey: rows[activeIndex]?.message.key, withActive, moveTo, onKeyDown };
}

/** Where a key leads from a row, or -1 when it leads nowhere. */
function targetIndex(key: string, from: number, count: number): number {
  if (key === 'ArrowUp') return from - 1;
  if (key === 'ArrowDown') return from + 1 < count ? from + 1 : -1;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : -1;
}
