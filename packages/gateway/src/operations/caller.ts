// Decides what the application is told about a connection in whose name it is asked.
import type { Caller } from '../backend/backend.ts';
import type { Connected, Session } from '../session/session.ts';

/** A connection as the application sees it; while it connects, it has no user. */
export function callerOf({ clientId, transport }: Session, connected: Partial<Connected>): Caller {
  return {
    client: clientId,
    transport: transport.name,
    protocol: transport.format.codec.name,
    user: connected.user ?? '',
    meta: connected.meta,
    headers: transport.headers,
    emulatedHeaders: connected.emulatedHeaders,
  };
}
