// Decides how passwords are judged, hashed and checked, and how many computations run at once.
import { hash as argon2Hash, parseOptions, verify as argon2Verify } from '@node-rs/argon2';
import type { ApiConfig } from '../config.ts';
import { LIMITS } from '../http/limits.ts';
import { canonicalPassword } from './normalise.ts';
import { createSlots } from './slots.ts';

/** The server has no room for one more computation; come again in a second. */
export type Busy = { ok: false; problem: 'server.busy' };

/** Passwords as accounts need them. Every call that computes runs Argon2 exactly once. */
export interface Passwords {
  /** What is wrong with a new password, for people; undefined if nothing is. */
  judge(password: string): string | undefined;
  /** Hashes a new password that was judged. */
  hash(password: string): Promise<{ ok: true; hash: string } | Busy>;
  /** Checks a password. Without a stored hash the work is done all the same and the answer is no. */
  check(password: string, stored: string | undefined): Promise<{ ok: true; matches: boolean } | Busy>;
  /** Whether a stored hash was made at another cost than the present one. */
  isOutdated(stored: string): boolean;
}

/** The computation itself, replaceable in tests. */
export interface Argon2 {
  hash: typeof argon2Hash;
  verify: typeof argon2Verify;
}

type Cost = ApiConfig['argon2'];

function costOf(stored: string): Cost | undefined {
  try {
    const { memoryCost, timeCost, parallelism } = parseOptions(stored);
    return { memoryCost, timeCost, parallelism };
  } catch {
    // The library throws on anything that is no Argon2 string: there is no cost to speak of.
    return undefined;
  }
}

/** A hash whose cost is out of bounds is never computed: it would take the machine down. */
function isAffordable(cost: Cost | undefined): boolean {
  const { storedMemoryCost, storedTimeCost, storedParallelism } = LIMITS.password;
  return (
    cost !== undefined &&
    cost.memoryCost <= storedMemoryCost &&
    cost.timeCost <= storedTimeCost &&
    cost.parallelism <= storedParallelism
  );
}

function judge(password: string, minLength: number): string | undefined {
  const canonical = canonicalPassword(password);
  if (canonical === undefined) return `must be well-formed text of at most ${LIMITS.password.maxBytes} bytes`;
  const length = Array.from(canonical).length;
  if (length < minLength) return `must have at least ${minLength} characters`;
  if (length > LIMITS.password.maxCodePoints) return `must have at most ${LIMITS.password.maxCodePoints} characters`;
  return undefined;
}

/**
 * Makes the password functions; hashes a dummy at the present cost first, so that unknown accounts cost the same.
 *
 * @param argon2 the library's functions if not given
 */
export async function createPasswords(
  config: { argon2: Cost; passwordMinLength: number; parallelHashes?: number },
  argon2: Argon2 = { hash: argon2Hash, verify: argon2Verify },
): Promise<Passwords> {
  const parallel = config.parallelHashes ?? 2;
  const slots = createSlots({
    parallel,
    maxWaiting: parallel * LIMITS.password.queuePerSlot,
    maxWaitMs: LIMITS.password.queueWaitMs,
  });
  const dummy = await argon2.hash(crypto.randomUUID(), config.argon2);
  return {
    judge: (password) => judge(password, config.passwordMinLength),
    async hash(password) {
      const canonical = canonicalPassword(password);
      if (canonical === undefined) throw new TypeError('a password must be judged before it is hashed');
      const ran = await slots.run(() => argon2.hash(canonical, config.argon2));
      return ran.ok ? { ok: true, hash: ran.value } : { ok: false, problem: 'server.busy' };
    },
    async check(password, stored) {
      const canonical = canonicalPassword(password);
      const real = canonical !== undefined && stored !== undefined && isAffordable(costOf(stored)) ? stored : undefined;
      const ran = await slots.run(() => argon2.verify(real ?? dummy, canonical ?? ''));
      if (!ran.ok) return { ok: false, problem: 'server.busy' };
      return { ok: true, matches: real !== undefined && ran.value };
    },
    isOutdated(stored) {
      const cost = costOf(stored);
      const { memoryCost, timeCost, parallelism } = config.argon2;
      return cost?.memoryCost !== memoryCost || cost.timeCost !== timeCost || cost.parallelism !== parallelism;
    },
  };
}
