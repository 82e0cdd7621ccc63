// Decides which files a server watches for its keys, and by which times it rotates the keys that it writes itself.
import type { Clock } from '@parley/api';
import { tokenRings } from '@parley/tokens';
import type { AllKeys, RotationRules } from '@parley/tokens';
import type { Logger } from 'pino';
import { keyFilesOf } from '../settings/key-store.ts';
import type { ReadKeys } from '../settings/key-store.ts';
import type { Settings } from '../settings/settings.ts';
import { createKeyKeeper, rotateBySchedule } from './key-keeper.ts';
import type { RingChange } from './key-keeper.ts';
import { MAX_REALTIME_TOKEN_LIFE } from './tokens.ts';

/** What follows the keys of a server. */
export interface KeysOptions {
  settings: Settings;
  log: Logger;
  clock: Clock;
  /** The keys that signers and verifiers hold; changed in place. */
  live: AllKeys;
  readonly readKeys: () => Promise<ReadKeys>;
  /** Told after the keys are in force. */
  readonly onChange: (changes: readonly RingChange[]) => void;
}

/** The keys of a running server. */
export interface RunningKeys {
  /** Reads the keys again; whether what was read is in force. */
  readonly reload: () => Promise<boolean>;
  /** Ends the watching; a rotation under way is waited for. */
  close(): Promise<void>;
}

const scheduleEveryMs = 60_000;
const hour = 3_600;

/**
 * The times of a schedule: a key is published for two hours before it signs (others keep our set for up to one), and
 * verifies for an hour longer than any token of ours lives.
 */
export const rotationRules = (intervalSeconds: number): RotationRules => ({
  intervalSeconds,
  leadSeconds: Math.min(2 * hour, Math.floor(intervalSeconds / 2)),
  retiredSeconds: MAX_REALTIME_TOKEN_LIFE + hour,
});

/** Watches the files and rotates by schedule until closed. */
export function startKeys(options: KeysOptions): RunningKeys {
  const { settings, log, clock, live } = options;
  const { jwtSecretFile } = settings;
  const keeper = createKeyKeeper({
    live,
    log,
    read: options.readKeys,
    onChange: options.onChange,
    files: [...keyFilesOf(settings), ...(jwtSecretFile === undefined ? [] : [jwtSecretFile])],
  });
  if (settings.keyRotation === 0) return { reload: keeper.reload, close: async () => keeper.close() };
  const schedule = {
    place: settings,
    rings: tokenRings.filter((kind) => kind !== 'access' || settings.jwtSecret === undefined),
    rules: rotationRules(settings.keyRotation),
    algorithm: settings.algorithm,
    clock,
  };
  const rotate = async (): Promise<void> => {
    try {
      const problem = await rotateBySchedule(schedule);
      if (problem === undefined) await keeper.reload();
      else log.error(problem);
    } catch (error) {
      log.error({ err: error }, 'the keys could not be rotated; the next try is in a minute');
    }
  };
  const running: { last: Promise<void> } = { last: rotate() };
  const timer = setInterval(() => {
    running.last = running.last.then(rotate);
  }, scheduleEveryMs);
  timer.unref();
  return {
    reload: keeper.reload,
    async close() {
      clearInterval(timer);
      keeper.close();
      await running.last;
    },
  };
}
