// Decides how the live connections of a person are cut when something that they rest on has ended.
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerApi } from '@parley/protocol';
import type { Logger } from 'pino';
import { background } from '../http/log.ts';
import { LIMITS } from '../http/limits.ts';

/** Cuts connections. Honest clients come back at once through the token endpoint, if they may. */
export interface Disconnector {
  /** Returns at once; tries until the gateway has answered or the tries are used up. */
  disconnect(userId: string): void;
  /** Resolves when nothing is being tried any more. */
  idle(): Promise<void>;
}

/** What cutting asks for. `wait` pauses for milliseconds; a real timer if not given. */
export interface DisconnectPorts {
  serverApi: ServerApi;
  log: Pick<Logger, 'error' | 'warn'>;
  wait?: (ms: number) => Promise<unknown>;
}

/** Persons whose connections are being cut at once, at most. Beyond it the token's own end is what ends them. */
const MAX_PENDING = 10_000;

/** Code 3014 makes the official client fetch a new token before it comes back. */
const STATE_INVALIDATED = { code: 3014, reason: 'state invalidated' };

/** Makes a {@link Disconnector} over the gateway. */
export function createDisconnector(ports: DisconnectPorts): Disconnector {
  const wait = ports.wait ?? ((ms: number) => pause(ms, undefined, { ref: false }));
  const pending = new Map<string, { again: boolean; done: Promise<void> }>();

  const tryOnce = async (userId: string): Promise<boolean> => {
    try {
      const reply = await ports.serverApi.call('disconnect', { user: userId, disconnect: STATE_INVALIDATED });
      if (reply.error === undefined) return true;
      ports.log.warn({ userId, code: reply.error.code }, 'gateway refused a disconnect');
    } catch (error) {
      ports.log.warn({ userId, err: error }, 'gateway not reached for a disconnect');
    }
    return false;
  };

  const tryUntilDone = async (userId: string): Promise<void> => {
    const { attempts, firstPauseMs, longestPauseMs } = LIMITS.disconnect;
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await tryOnce(userId)) return;
      await wait(Math.min(firstPauseMs * 2 ** attempt, longestPauseMs));
    }
    ports.log.error({ userId, attempts }, 'live connections could not be cut; they end with their tokens');
  };

  const start = (userId: string): void => {
    const entry = { again: false, done: Promise.resolve() };
    pending.set(userId, entry);
    entry.done = tryUntilDone(userId).finally(() => {
      pending.delete(userId);
      if (entry.again) start(userId);
    });
    background(ports.log, 'disconnect', entry.done);
  };

  return {
    disconnect(userId) {
      const running = pending.get(userId);
      // What ended after a running call began may not be covered by it.
      if (running !== undefined) running.again = true;
      else if (pending.size < MAX_PENDING) start(userId);
      else ports.log.error({ userId }, 'too many disconnects at once; connections end with their tokens');
    },
    async idle() {
      while (pending.size > 0) await Promise.all([...pending.values()].map((entry) => entry.done));
    },
  };
}
