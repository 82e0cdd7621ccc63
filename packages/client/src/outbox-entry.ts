// Decides what a message that waits to be sent is, and how it is written down.
import type { AnyProblemCode } from './problem.ts';

/** Why a message was refused for good, in a form that survives a reload. */
export interface SendFailure {
  readonly code: AnyProblemCode;
  readonly title: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * A message on its way. `waiting` has its turn still to come or is tried again by itself; `sending` is in a request
 * now; `failed` was refused and stays until somebody retries or discards it.
 */
export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly roomId: string;
  readonly text: string;
  /** Unix ms; the order of sending. */
  readonly order: number;
  readonly state: { name: 'waiting' } | { name: 'sending' } | { name: 'failed'; failure: SendFailure };
}

const text = (value: object, field: string): string | undefined => {
  const found: unknown = Reflect.get(value, field);
  return typeof found === 'string' ? found : undefined;
};

function readState(value: unknown): OutboxEntry['state'] {
  if (typeof value !== 'object' || value === null) return { name: 'waiting' };
  const [code, title] = [text(value, 'code'), text(value, 'title')];
  if (code === undefined || title === undefined) return { name: 'waiting' };
  const failure = { code: code as AnyProblemCode, title, detail: text(value, 'detail') };
  return { name: 'failed', failure: { ...failure, requestId: text(value, 'requestId') } };
}

/** Writes an entry as text. Whether it is being sent at the moment is not written: after a reload nobody sends it. */
export function writeEntry(entry: OutboxEntry): string {
  const { clientMessageId, roomId, order, state } = entry;
  const failure = state.name === 'failed' ? state.failure : null;
  return JSON.stringify({ clientMessageId, roomId, text: entry.text, order, failure });
}

/** Reads what {@link writeEntry} wrote; undefined for anything else. */
export function readEntry(json: string): OutboxEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const [clientMessageId, roomId, body] = [text(value, 'clientMessageId'), text(value, 'roomId'), text(value, 'text')];
  const order: unknown = Reflect.get(value, 'order');
  if (clientMessageId === undefined || roomId === undefined || body === undefined) return undefined;
  if (typeof order !== 'number') return undefined;
  return { clientMessageId, roomId, text: body, order, state: readState(Reflect.get(value, 'failure')) };
}

/** Sorts entries in the order of sending. */
export function inOrder(entries: Iterable<OutboxEntry>): readonly OutboxEntry[] {
  return Array.from(entries).toSorted((a, b) => a.order - b.order || (a.clientMessageId < b.clientMessageId ? -1 : 1));
}
