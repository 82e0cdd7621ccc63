// Decides which events reach which channels.
import type { RoomEvent, UserEvent } from '@parley/contract';
import type { Json } from '@parley/protocol';
import type { OutboxRow } from '../db/schema.ts';
import { parseChannel, userChannel } from '../realtime/channels.ts';
import type { Delivery } from '../realtime/realtime.ts';

/** Channels that one broadcast names at most. */
const BROADCAST_MAX = 1_000;

/**
 * A row of the outbox with what has to be done for it, in order. `own` is the event's publication in its stream;
 * undefined when the row cannot be read, so that nothing can ever be done for it.
 */
export interface Step {
  row: OutboxRow;
  own: Delivery | undefined;
  others: readonly Delivery[];
}

/** Tells who is a member of a room now. */
export interface MembersOf {
  (roomId: string): ReadonlySet<string>;
}

/** The rooms whose members have to be known to plan these rows. */
export function roomsToLookUp(rows: readonly OutboxRow[]): string[] {
  const rooms = new Set<string>();
  for (const { stream, type } of rows) {
    const owner = parseChannel(stream);
    if (owner?.kind === 'room' && (type === 'message.created' || type === 'member.left')) rooms.add(owner.roomId);
  }
  return [...rooms];
}

/**
 * Plans the deliveries of one stream's rows.
 *
 * - Every event is published once in its own stream, under its id.
 * - Of all messages created in these rows, the newest is told to every member as `room.advanced`: the value is
 *   absolute, so the ones before it say nothing more.
 * - Who left is unsubscribed from the channel, unless they are a member again by now.
 *
 * @param rows of one stream, ascending by position
 * @returns one step a row, in the same order
 */
export function planStream(rows: readonly OutboxRow[], membersOf: MembersOf): Step[] {
  const newest = rows.findLast((row) => row.type === 'message.created');
  return rows.map((row) => {
    const event = readEvent(row.payload);
    if (event === undefined) return { row, own: undefined, others: [] };
    const own: Delivery = { kind: 'publish', channel: row.stream, data: event as Json, key: row.id };
    return { row, own, others: othersFor({ row, event, isNewest: row === newest }, membersOf) };
  });
}

function readEvent(payload: string): RoomEvent | UserEvent | undefined {
  try {
    return JSON.parse(payload) as RoomEvent | UserEvent;
  } catch {
    // We print what we record: only a damaged file or a foreign hand leads here, and no later try can succeed.
    return undefined;
  }
}

function othersFor(about: { row: OutboxRow; event: RoomEvent | UserEvent; isNewest: boolean }, membersOf: MembersOf) {
  const { event, row } = about;
  if (event.type === 'message.created' && about.isNewest) return advanced(event, membersOf);
  if (event.type === 'member.left') return closed(event.data.userId, row.stream, membersOf);
  return [];
}

function advanced(event: RoomEvent & { type: 'message.created' }, membersOf: MembersOf): Delivery[] {
  const { message } = event.data;
  const data: UserEvent = {
    // The same id as the message's event, on another channel: a repeated relay repeats the same signal.
    id: event.id,
    type: 'room.advanced',
    time: event.time,
    actor: event.actor,
    data: { roomId: message.roomId, lastSeq: message.seq, authorId: message.author.id },
  };
  const channels = [...membersOf(message.roomId)].map(userChannel);
  const deliveries: Delivery[] = [];
  for (let start = 0; start < channels.length; start += BROADCAST_MAX) {
    const part = channels.slice(start, start + BROADCAST_MAX);
    deliveries.push({ kind: 'broadcast', channels: part, data, key: event.id });
  }
  return deliveries;
}

function closed(userId: string, channel: string, membersOf: MembersOf): Delivery[] {
  const owner = parseChannel(channel);
  if (owner?.kind !== 'room' || membersOf(owner.roomId).has(userId)) return [];
  return [{ kind: 'unsubscribe', userId, channel }];
}
