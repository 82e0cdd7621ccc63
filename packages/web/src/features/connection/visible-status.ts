// Decides what is said about the connection and when: nothing in the first two seconds of a drop, then words.
import type { ConnectionStatus } from '@parley/client';

/** How long a drop goes unmentioned. Milliseconds. */
export const QUIET_MS = 2_000;
/** After this long a quiet line becomes a banner. Milliseconds. */
export const BANNER_MS = 10_000;

/**
 * What the person sees. `quiet`: nothing yet, the first connection is on its way. `retryInSeconds` is undefined while an attempt is under way. `isBanner` asks for more room.
 */
export type VisibleStatus =
  | { kind: 'live' }
  | { kind: 'quiet' }
  | { kind: 'connecting' }
  | { kind: 'catching-up' }
  | { kind: 'reconnecting'; retryInSeconds: number | undefined; isBanner: boolean }
  | { kind: 'offline'; isBanner: boolean }
  | { kind: 'denied' };

/**
 * Turns the connection's status into what is shown at an instant.
 *
 * @param nowMs Unix milliseconds
 * @returns `live` in the quiet time after a drop: nothing has to be said yet
 */
export function visibleStatus(status: ConnectionStatus, nowMs: number): VisibleStatus {
  const forMs = nowMs - status.since;
  if (status.name === 'denied') return { kind: 'denied' };
  if (status.name === 'connecting' && forMs < QUIET_MS) return { kind: 'quiet' };
  if (status.name === 'live' || status.name === 'signed-out' || forMs < QUIET_MS) return { kind: 'live' };
  const isBanner = forMs >= BANNER_MS;
  switch (status.name) {
    case 'connecting':
    case 'catching-up':
      return { kind: status.name };
    case 'offline':
      return { kind: 'offline', isBanner };
    case 'reconnecting': {
      const { retryAt } = status;
      const retryInSeconds = retryAt === null || retryAt <= nowMs ? undefined : Math.ceil((retryAt - nowMs) / 1000);
      return { kind: 'reconnecting', retryInSeconds, isBanner };
    }
    default:
      return status satisfies never;
  }
}

/** Whether what is shown changes with time alone, so that somebody has to look again. */
export const changesWithTime = (status: ConnectionStatus): boolean =>
  status.name !== 'live' && status.name !== 'signed-out' && status.name !== 'denied';
