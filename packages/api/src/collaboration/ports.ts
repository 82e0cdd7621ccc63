// Holds what the use cases of rooms and messages ask for; interfaces only.
import type { Actor, ApiContext } from '../context.ts';
import type { Realtime } from '../realtime/realtime.ts';

/** What the collaboration domains ask for. */
export interface CollaborationPorts extends Pick<
  ApiContext,
  'config' | 'clock' | 'log' | 'database' | 'revocations' | 'wakeRelay'
> {
  realtime: Realtime;
}

/** A person acting in a room. */
export interface InRoom {
  actor: Actor;
  roomId: string;
}
