// Holds what every door asks for, and how a new connection's times begin; interfaces and one function.
import type { IncomingHttpHeaders } from 'node:http';
import type { KeepHeaders } from '../backend/headers.ts';
import type { GatewayContext } from '../context.ts';
import type { Doors } from './doors.ts';
import type { Origins } from './origins.ts';

/** What the doors of all transports share. */
export interface DoorPorts {
  readonly context: GatewayContext;
  readonly doors: Doors;
  readonly origins: Origins;
  /** Picks the headers of a request that the backend may be told. */
  readonly keepHeaders: KeepHeaders<IncomingHttpHeaders>;
  /** An id that nobody can guess; others see it. */
  readonly newClientId: () => string;
  /** A secret of at least 128 bits. */
  readonly newSessionId: () => string;
}

/** When a connection that begins now has to have sent its connect, in Unix milliseconds. */
export function connectUntil({ clock, config }: GatewayContext): number {
  return clock.now() + config.client.stale_close_delay;
}
