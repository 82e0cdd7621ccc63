// Decides how typing is told: at once, to who is there, and kept nowhere.
import type { Json } from '@parley/protocol';
import { background } from '../../http/log.ts';
import { typingEvent } from '../../outbox/event.ts';
import { admit } from '../access.ts';
import type { Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayPostInRoom } from './policy.ts';

/** Tells the room that the caller types, or stopped. If the gateway is away the signal is dropped. */
export async function tellTyping(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'realtime' | 'log'>,
  visit: InRoom,
  state: 'start' | 'stop',
): Promise<{ ok: true } | Refused> {
  const access = await admit(ports.database.read, visit, mayPostInRoom);
  if (!access.ok) return access;
  const actor = { id: visit.actor.userId, name: visit.actor.name };
  const { stream, event } = typingEvent(visit.roomId, state, { actor, now: ports.clock.now() });
  const telling = ports.realtime.deliver({ kind: 'ephemeral', channel: stream, data: event as Json });
  background(ports.log, 'telling that somebody types', telling);
  return { ok: true };
}
