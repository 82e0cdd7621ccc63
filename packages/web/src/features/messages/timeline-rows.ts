// Decides how messages are grouped into rows: day separators, author groups, the divider before what is new.
import type { ShownMessage } from './shown-message.ts';

/** Messages of one author that follow each other within this time stand under one heading. Milliseconds. */
export const GROUP_WINDOW_MS = 5 * 60_000;

/**
 * One row of the log. The separators belong to the row of the message below them, so that a row keeps its identity
 * when older messages arrive above it.
 */
export type TimelineRow = {
  message: ShownMessage;
  /** Local day of the message as `2026-11-22` when it begins here, else undefined. */
  day: string | undefined;
  startsGroup: boolean;
  isFirstNew: boolean;
};

/** Tells the local day of an instant, as `2026-11-22`. */
export type DayOf = (time: string) => string;

/**
 * Builds the rows of a log.
 *
 * @param messages in the order of the log
 * @param options `dayOf` decides days (a time zone is its business); `newAfterSeq` is the last sequence number that
 *   had been read when the room was opened, undefined for no divider; `selfId` never counts as new
 * @returns one row per message, in the same order
 */
export function timelineRows(
  messages: readonly ShownMessage[],
  options: { dayOf: DayOf; newAfterSeq: number | undefined; selfId: string },
): TimelineRow[] {
  const firstNew = firstNewKey(messages, options);
  let previous: ShownMessage | undefined;
  let previousDay: string | undefined;
  return messages.map((message) => {
    const day = options.dayOf(message.createdAt);
    const isFirstNew = message.key === firstNew;
    const isNewDay = day !== previousDay;
    const startsGroup = isNewDay || isFirstNew || !continues(previous, message);
    previous = message;
    previousDay = day;
    return { message, day: isNewDay ? day : undefined, startsGroup, isFirstNew };
  });
}

function continues(previous: ShownMessage | undefined, message: ShownMessage): boolean {
  if (previous === undefined || previous.author.id !== message.author.id) return false;
  return Date.parse(message.createdAt) - Date.parse(previous.createdAt) < GROUP_WINDOW_MS;
}

function firstNewKey(
  messages: readonly ShownMessage[],
  options: { newAfterSeq: number | undefined; selfId: string },
): string | undefined {
  const { newAfterSeq, selfId } = options;
  if (newAfterSeq === undefined) return undefined;
  // Where older messages are still to be loaded, the first new one may be among them: no divider until it is known.
  const oldest = messages.find(({ seq }) => seq !== undefined)?.seq;
  if (oldest === undefined || oldest > newAfterSeq + 1) return undefined;
  const found = messages.find(
    (message) => message.seq !== undefined && message.seq > newAfterSeq && message.author.id !== selfId,
  );
  return found?.key;
}

/**
 * Counts what others have written after a point.
 *
 * @param seenSeq the newest sequence number that has been in view
 * @returns stored messages of others above it; tombstones do not count
 */
export function countNew(messages: readonly ShownMessage[], seenSeq: number, selfId: string): number {
  let count = 0;
  for (const { seq, author, isDeleted } of messages)
    if (seq !== undefined && seq > seenSeq && author.id !== selfId && !isDeleted) count += 1;
  return count;
}

/**
 * Finds what ↑ in an empty composer edits.
 *
 * @returns the newest stored message of one's own that is no tombstone, else undefined
 */
export function lastOwnMessage(messages: readonly ShownMessage[], selfId: string): ShownMessage | undefined {
  return messages.findLast(
    ({ author, delivery, isDeleted }) => author.id === selfId && delivery.state === 'sent' && !isDeleted,
  );
}
