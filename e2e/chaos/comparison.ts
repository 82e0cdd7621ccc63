// Decides whether what a client shows is what the database holds.
import type { Breach } from './auditor.ts';

/** A message as the database or a client has it. */
export interface Shown {
  id: string;
  seq: number;
  revision: number;
  text: string;
  deleted: boolean;
}

/**
 * Compares one client's messages, in the order in which it shows them, with the rows of the room.
 *
 * @param name how breaches call this view
 * @param stored the room's rows, ascending by `seq`
 * @param shown what the client shows, top to bottom; may begin later than the first row (older pages not loaded)
 */
export function compare(name: string, stored: readonly Shown[], shown: readonly Shown[]): Breach[] {
  const breaches: Breach[] = [];
  const breach = (kind: Breach['kind'], detail: string) => breaches.push({ kind, detail: `${name}: ${detail}` });
  const ids = new Set<string>();
  let previous = 0;
  for (const message of shown) {
    if (ids.has(message.id)) breach('doubled', `message ${message.seq} is shown twice`);
    ids.add(message.id);
    if (message.seq < previous) breach('reordered', `message ${message.seq} is shown after ${previous}`);
    previous = message.seq;
  }
  const first = shown[0]?.seq ?? 1;
  const byId = new Map(shown.map((message) => [message.id, message]));
  for (const row of stored) {
    if (row.seq < first) continue;
    const own = byId.get(row.id);
    if (own === undefined) breach('lost', `message ${row.seq} is stored but not shown`);
    else if (own.revision !== row.revision || own.text !== row.text || own.deleted !== row.deleted)
      breach('lost', `message ${row.seq} is shown at revision ${own.revision}, stored at ${row.revision}`);
  }
  const storedIds = new Set(stored.map((row) => row.id));
  for (const message of shown)
    if (!storedIds.has(message.id)) breach('lost', `message ${message.seq} is shown but not stored`);
  return breaches;
}

/**
 * Checks that the database kept every acknowledged send exactly once and numbers without gaps.
 *
 * @param acknowledged `clientMessageId`s that a server answered with 200 or 201
 * @param rows the room's rows, ascending by `seq`
 */
export function auditLog(
  name: string,
  acknowledged: Iterable<string>,
  rows: readonly { seq: number; clientMessageId: string }[],
): Breach[] {
  const breaches: Breach[] = [];
  const kept = new Map<string, number>();
  rows.forEach((row, index) => {
    if (row.seq !== index + 1)
      breaches.push({ kind: 'lost', detail: `${name}: row ${index + 1} has number ${row.seq}` });
    kept.set(row.clientMessageId, (kept.get(row.clientMessageId) ?? 0) + 1);
  });
  for (const [id, count] of kept)
    if (count > 1) breaches.push({ kind: 'doubled', detail: `${name}: send ${id} is stored ${count} times` });
  for (const id of acknowledged)
    if (!kept.has(id)) breaches.push({ kind: 'lost', detail: `${name}: acknowledged send ${id} is not stored` });
  return breaches;
}
