// Decides how a running server follows its keys: it reads them again when they change, and rotates those that it writes.
import { unwatchFile, watchFile } from 'node:fs';
import { addNext, changesBetween, followSchedule, ringNames, secretRings, shareKey, tokenRings } from '@parley/tokens';
import type {
  Algorithm,
  AllKeys,
  Clock,
  KeyChange,
  LivedKey,
  RingName,
  RotationRules,
  TokenKind,
} from '@parley/tokens';
import type { Logger } from 'pino';
import type { ReadKeys } from '../settings/key-store.ts';
import { changeKeys } from '../settings/key-store.ts';
import type { KeyPlace } from '../settings/key-store.ts';
import { editRing, isTokenRing } from '../settings/ring-edit.ts';

/** One change that this process has taken over. */
export type RingChange = KeyChange & { readonly ring: RingName };

/** What a keeper works with. */
export interface KeyKeeperPorts {
  /** The keys that signers and verifiers hold; changed in place. */
  readonly live: AllKeys;
  readonly log: Logger;
  /** Reads what is to be in force, with `JWT_SECRET` in its place. */
  readonly read: () => Promise<ReadKeys>;
  /** Told after the keys are in force. */
  readonly onChange: (changes: readonly RingChange[]) => void;
  /** The files that are looked at for changes. */
  readonly files: readonly string[];
}

/** Follows the keys until it is closed. */
export interface KeyKeeper {
  /** Reads the keys again; one reading after another. Damaged keys change nothing. Returns whether the reading is in force. */
  readonly reload: () => Promise<boolean>;
  close(): void;
}

/** How often the files are looked at: a revoked key is dead within this time and a reading. */
export const watchMs = 250;

/**
 * Makes the keeper. Files are looked at by their state and not by the system's notices, which do not come from
 * mounted secrets and network drives.
 */
export function createKeyKeeper(ports: KeyKeeperPorts): KeyKeeper {
  const queue: { last: Promise<boolean> } = { last: Promise.resolve(true) };
  const reload = (): Promise<boolean> => {
    queue.last = queue.last.then(() => readAgain(ports));
    return queue.last;
  };
  const listener = (): void => void reload();
  for (const file of ports.files) watchFile(file, { interval: watchMs, persistent: false }, listener);
  return {
    reload,
    close() {
      for (const file of ports.files) unwatchFile(file, listener);
    },
  };
}

/** Never rejects: the files may be half written, or gone for a moment. */
async function readAgain({ live, log, read, onChange }: KeyKeeperPorts): Promise<boolean> {
  try {
    const loaded = await read();
    if (!loaded.ok) {
      log.error(`${loaded.problem} The keys of before stay in force.`);
      return false;
    }
    const changes = takeOver(live, loaded.keys);
    if (changes.length === 0) return true;
    log.info({ changes }, 'other keys are in force');
    onChange(changes);
    return true;
  } catch (error) {
    log.error({ err: error }, 'the keys could not be read again; those of before stay in force');
    return false;
  }
}

/** Puts keys in force and says what changed. */
export function takeOver(live: AllKeys, next: AllKeys): RingChange[] {
  const moved = ringNames.flatMap((ring) =>
    changesBetween(keysOf(live, ring), keysOf(next, ring)).map((one) => ({ ring, ...one })),
  );
  const changes: RingChange[] = [...moved, ...tokenRings.flatMap((ring) => exchanged(live, next, ring))];
  for (const kind of tokenRings) live.rings[kind].replace(next.rings[kind].keys());
  live.secretKeys.replace(new Map(secretRings.map((ring) => [ring, next.secretKeys.keys(ring)])));
  return changes;
}

const keysOf = (keys: AllKeys, name: RingName): readonly LivedKey[] =>
  isTokenRing(name) ? keys.rings[name].keys() : keys.secretKeys.keys(name);

/** Another secret under the same id, as when `JWT_SECRET` is exchanged: the old one is refused from now on. */
function exchanged(live: AllKeys, next: AllKeys, ring: TokenKind): RingChange[] {
  const others = next.rings[ring].keys().filter((key) => {
    const before = live.rings[ring].find(key.kid);
    return before !== undefined && !shareKey([before, key]);
  });
  return others.flatMap(({ kid }): RingChange[] => [
    { ring, kid, change: 'revoked' },
    { ring, kid, change: 'promoted' },
  ]);
}

/** What the schedule works with. */
export interface ScheduleOptions {
  readonly place: KeyPlace;
  /** The rings that rotate by themselves. */
  readonly rings: readonly TokenKind[];
  readonly rules: RotationRules;
  readonly algorithm: Algorithm;
  readonly clock: Clock;
}

/**
 * Moves the keys on disk whose time has come, under the lock: several processes on one folder do it once.
 *
 * @returns a sentence for people if it could not be done
 */
export async function rotateBySchedule(options: ScheduleOptions): Promise<string | undefined> {
  const { rings, rules, algorithm, clock } = options;
  const now = Math.floor(clock.now() / 1_000);
  const done = await changeKeys(options.place, async (keys) => {
    for (const name of rings) {
      await editRing(keys, { name, algorithm }, async (present, make) => {
        const moved = followSchedule(present, rules, now);
        return { ok: true, keys: moved.wantsNext ? addNext(moved.keys, await make(), now) : moved.keys };
      });
    }
    return { ok: true as const };
  });
  return done.ok ? undefined : done.problem;
}
