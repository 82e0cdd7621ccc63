// Decides how the log is scrolled: virtual rows, older messages above without a jump, the end followed when near.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import type { Ref } from 'react';
import { texts } from '../../texts/en.ts';
import { STICK_PX } from './anchor-offset.ts';
import { LogHead } from './log-head.tsx';
import { MessageRow } from './message-row.tsx';
import type { RowContext } from './row-context.ts';
import { NewPill } from './new-pill.tsx';
import { countNew } from './timeline-rows.ts';
import type { TimelineRow } from './timeline-rows.ts';
import { useReadPointer } from './use-read-pointer.ts';
import { useRowFocus } from './use-row-focus.ts';
import { useScrollAnchor } from './use-scroll-anchor.ts';

const HEAD_PX = 88;
const ROW_PX = 44;
const OVERSCAN = 10;
/** When the first rendered row is this near to the beginning, older messages are asked for. */
const LOAD_AHEAD = 15;

/** The stored log beyond what is loaded. The functions may be called at any time; one request runs at once. */
export type History = {
  hasOlder: boolean;
  hasNewer: boolean;
  loadOlder: () => void;
  loadNewer: () => void;
  loadNewest: () => void;
};

/** What others may ask of the list; `toLatest` shows the newest message, also when it is not loaded. */
export type MessageListHandle = { toLatest: () => void; focusRow: (key: string) => void };

/** The log of one room; mount it anew for another room. It begins at the divider, or at the end without one. */
export function MessageList({
  roomName,
  rows,
  history,
  context,
  markRead,
  handle,
}: {
  roomName: string;
  rows: readonly TimelineRow[];
  history: History;
  context: RowContext;
  markRead: (seq: number) => void;
  handle: Ref<MessageListHandle>;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const focus = useRowFocus(scroller, rows);
  // Where the log opens is decided once; afterwards the reader decides.
  const [firstNew] = useState(() => rows.findIndex((row) => row.isFirstNew));
  const list = useVirtualRows(scroller, rows, { withActive: focus.withActive, firstNew });
  const { look, seenSeq } = useReadPointer(scroller, markRead);
  const { isAtEnd, sync, toEnd } = useScrollAnchor(scroller, firstNew <= 0);
  const { hasNewer, loadNewest } = history;
  const toLatest = (): void => {
    toEnd();
    if (hasNewer) loadNewest();
  };
  useImperativeHandle(handle, () => ({ toLatest, focusRow: focus.moveTo }));
  useLoadAhead(list.range, rows.length, history);
  useEffect(look);

  const onScroll = (): void => {
    sync();
    look();
  };
  const newCount = isAtEnd
    ? 0
    : countNew(
        rows.map((row) => row.message),
        seenSeq,
        context.selfId,
      );
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={texts.messages.log(roomName)}
        className="flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none]"
        onScroll={onScroll}
        onKeyDown={focus.onKeyDown}
      >
        <div className="relative mt-auto w-full shrink-0" style={{ height: list.totalPx }}>
          <LogHead roomName={roomName} heightPx={HEAD_PX} hasOlder={history.hasOlder} />
          {list.items.map(({ key, index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <div
                key={key}
                ref={list.measure}
                data-index={index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                <MessageRow row={row} context={context} isActive={row.message.key === focus.activeKey} />
              </div>
            );
          })}
        </div>
      </div>
      <NewPill isShown={!isAtEnd} count={newCount} onJump={toLatest} />
    </div>
  );
}

function useVirtualRows(
  scroller: { current: HTMLDivElement | null },
  rows: readonly TimelineRow[],
  options: { withActive: (indexes: number[]) => number[]; firstNew: number },
) {
  const { withActive, firstNew } = options;
  // oxlint-disable-next-line react/incompatible-library -- the virtual list is mutable by design; nothing here is memoised on it
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => rows[index]?.message.key ?? index, [rows]),
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    paddingStart: HEAD_PX,
    paddingEnd: 8,
    anchorTo: 'end',
    scrollEndThreshold: STICK_PX,
    initialOffset: () => (firstNew > 0 ? firstNew : rows.length) * ROW_PX,
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const first = Math.max(0, startIndex - overscan);
      const last = Math.min(count - 1, endIndex + overscan);
      return withActive(Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i));
    },
  });
  useLayoutEffect(() => {
    // A row above the view that turns out taller or smaller moves the scroll position, in both directions of reading.
    // oxlint-disable-next-line react/immutability -- the library offers this as a property and not as an option
    virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, instance) =>
      item.start + item.size <= (instance.scrollOffset ?? 0);
  }, [virtualizer]);

  return {
    items: virtualizer.getVirtualItems(),
    totalPx: virtualizer.getTotalSize(),
    measure: virtualizer.measureElement,
    range: virtualizer.range,
  };
}

function useLoadAhead(
  range: { startIndex: number; endIndex: number } | null,
  count: number,
  { hasOlder, hasNewer, loadOlder, loadNewer }: History,
): void {
  const isNearBeginning = range !== null && range.startIndex <= LOAD_AHEAD;
  const isNearNewest = range !== null && range.endIndex >= count - 1 - LOAD_AHEAD;
  useEffect(() => {
    if (isNearBeginning && hasOlder) loadOlder();
  }, [isNearBeginning, hasOlder, loadOlder, count]);
  useEffect(() => {
    if (isNearNewest && hasNewer) loadNewer();
  }, [isNearNewest, hasNewer, loadNewer, count]);
}
