// Decides what a screen reader says about new messages: one line a burst, never one's own words.
import { texts } from '../../texts/en.ts';
import type { ShownMessage } from './shown-message.ts';

/** How long a burst is collected before it is spoken. Milliseconds. */
export const BURST_MS = 1_000;
const SPOKEN_LENGTH = 300;

/**
 * Puts a burst of new messages into one line: the author and the text first when it is one, a number when more.
 *
 * @param burst what arrived, in order; one's own messages and tombstones among them are passed over
 * @returns the line, or undefined when there is nothing to say
 */
export function announcement(
  burst: readonly ShownMessage[],
  where: { roomName: string; selfId: string },
): string | undefined {
  const others = burst.filter((message) => message.author.id !== where.selfId && !message.isDeleted);
  const [first, second] = others;
  if (first === undefined) return undefined;
  if (second !== undefined) return texts.messages.spokenMany(others.length, where.roomName);
  const text = first.text.length > SPOKEN_LENGTH ? `${first.text.slice(0, SPOKEN_LENGTH)}…` : first.text;
  return texts.messages.spoken(first.author.name, text);
}

/**
 * Finds what is new since the last look.
 *
 * @param seenSeq the newest sequence number at the last look; undefined at the first look, which is all history
 * @returns stored messages above it
 */
export function arrivedSince(messages: readonly ShownMessage[], seenSeq: number | undefined): ShownMessage[] {
  if (seenSeq === undefined) return [];
  return messages.filter(({ seq }) => seq !== undefined && seq > seenSeq);
}

/** The newest stored sequence number among messages, or undefined when there is none. */
export function newestSeq(messages: readonly ShownMessage[]): number | undefined {
  return messages.findLast(({ seq }) => seq !== undefined)?.seq;
}
