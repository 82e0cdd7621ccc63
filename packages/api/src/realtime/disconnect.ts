// Decides how the live connections of a person are cut when something that they rest on has ended.
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiReply, ServerApi } from '@parley/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import { background } from '../http/log.ts';
import { LIMITS } from '../http/limits.ts';

/**
 * Cuts connections, with code 3014: the official client then asks for a new token, which who has lost the session does
 * not get. Each call returns at once; it is tried until the gateway has answered or the tries are used up.
 */
export interface Disconnector {
  /** Cuts all connections of a person. Honest clients come back at once through the token endpoint, if they may. */
  disconnect(userId: string): void;
  /**
   * Cuts the connections of one session; the person's other devices stay. A gateway that cannot tell sessions apart
   * cuts all of the person's, if `userId` is given.
   */
  disconnectSession(ended: { sessionId: string; userId?: string }): void;
  /** Resolves when nothing is being tried any more. */
  idle(): Promise<void>;
}

/** What cutting asks for. `wait` pauses for milliseconds; a real timer if not given. */
export interface DisconnectPorts {
  serverApi: ServerApi;
  clock: Clock;
  log: Pick<Logger, 'error' | 'warn'>;
  wait?: (ms: number) => Promise<unknown>;
}

/** Cuts that are under way at once, at most. Beyond it the token's own end is what ends connections. */
const MAX_PENDING = 10_000;

/** Code 3014 makes the official client fetch a new token before it comes back. */
const STATE_INVALIDATED = { code: 3014, reason: 'state invalidated' };

/**
 * How long the gateway itself refuses the tokens of a session that was cut, in seconds. It covers tokens that were
 * judged just before; later ones are refused because the revocations are looked at.
 */
const GATEWAY_REMEMBERS_SECONDS = 60;

type Target = { kind: 'user'; userId: string } | { kind: 'session'; sessionId: string; userId?: string };

/** Makes a {@link Disconnector} over the gateway. */
export function createDisconnector(ports: DisconnectPorts): Disconnector {
  const wait = ports.wait ?? ((ms: number) => pause(ms, undefined, { ref: false }));
  const pending = new Map<string, { again: boolean; done: Promise<void> }>();

  const tryUntilDone = async (target: Target): Promise<void> => {
    const { attempts, firstPauseMs, longestPauseMs } = LIMITS.disconnect;
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await tryOnce(ports, target)) return;
      await wait(Math.min(firstPauseMs * 2 ** attempt, longestPauseMs));
    }
    ports.log.error({ ...target, attempts }, 'live connections could not be cut; they end with their tokens');
  };

  const start = (key: string, target: Target): void => {
    const entry = { again: false, done: Promise.resolve() };
    pending.set(key, entry);
    entry.done = tryUntilDone(target).finally(() => {
      pending.delete(key);
      if (entry.again) start(key, target);
    });
    background(ports.log, 'disconnect', entry.done);
  };

  const cut = (target: Target): void => {
    const key = target.kind === 'user' ? `user:${target.userId}` : `session:${target.sessionId}`;
    const running = pending.get(key);
    // What ended after a running call began may not be covered by it.
    if (running !== undefined) running.again = true;
    else if (pending.size < MAX_PENDING) start(key, target);
    else ports.log.error(target, 'too many disconnects at once; connections end with their tokens');
  };

  return {
    disconnect: (userId) => cut({ kind: 'user', userId }),
    disconnectSession: (ended) => cut({ kind: 'session', ...ended }),
    async idle() {
      while (pending.size > 0) await Promise.all([...pending.values()].map((entry) => entry.done));
    },
  };
}

/** @returns whether the gateway has done it */
async function tryOnce(ports: DisconnectPorts, target: Target): Promise<boolean> {
  try {
    const reply = await (target.kind === 'user' ? cutUser(ports, target.userId) : cutSession(ports, target));
    if (reply.error === undefined) return true;
    ports.log.warn({ ...target, code: reply.error.code }, 'gateway refused a disconnect');
  } catch (error) {
    ports.log.warn({ ...target, err: error }, 'gateway not reached for a disconnect');
  }
  return false;
}

function cutUser({ serverApi }: Pick<DisconnectPorts, 'serverApi'>, user: string): Promise<ApiReply<unknown>> {
  return serverApi.call('disconnect', { user, disconnect: STATE_INVALIDATED });
}

/** Connection tokens are known to the gateway by their session. */
async function cutSession(
  ports: Pick<DisconnectPorts, 'serverApi' | 'clock'>,
  ended: { sessionId: string; userId?: string },
): Promise<ApiReply<unknown>> {
  const expire_at = Math.floor(ports.clock.now() / 1_000) + GATEWAY_REMEMBERS_SECONDS;
  const reply = await ports.serverApi.call('revoke_token', { uid: ended.sessionId, expire_at });
  return reply.error === undefined || ended.userId === undefined ? reply : cutUser(ports, ended.userId);
}
