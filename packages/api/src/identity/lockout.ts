// Decides which tries at a password may be judged, so that guessing ends and the owner of the account does not pay for it.
import { createHash } from 'node:crypto';
import type { ProofOfWork } from '@parley/contract';
import type { SecretKeys } from '@parley/tokens';
import type { Transaction } from 'kysely';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import { createBackoff, type Backoff } from './backoff.ts';
import { createSharedBackoff } from './shared-backoff.ts';
import { createChallenges, type Challenges, type Work } from './challenge.ts';
import { countTry, forgetTries, takeBackTries, type Counted } from './login-failures.ts';
import { seal } from './sealed-names.ts';

/** A try as it is counted. */
export interface Attempt {
  /** What {@link Lockout.nameOf} makes of the name that was typed. */
  name: string;
  source: string;
  /** The device, if it is known to the person of that name. */
  deviceId: string | undefined;
  /** The answer to an earlier challenge. */
  proof: string | undefined;
}

/** A try that goes on. When `isStopped`, no password is right; `isLast` is the last one before that. */
export type Admission = Counted & {
  /** Whose consecutive failures it counts among. */
  counted: string;
  name: string;
} & ({ by: 'device'; deviceId: string } | { by: 'source'; pair: string; previousAt: number; tookFromName: boolean });

/** The bucket that refused a try. */
export type LoginBucket = 'pair' | 'identifier' | 'device';

/** What a try gets before anybody looks at the account: the same for known and unknown names. */
export type Admitted =
  | { ok: true; admission: Admission }
  | { ok: false; problem: 'rate.limited'; waitSeconds: number; bucket: LoginBucket }
  | { ok: false; problem: 'auth.challenge_required'; challenge: ProofOfWork; bucket: LoginBucket };

/** The lockout. A try that was admitted counts as failed until one of the other calls says otherwise. */
export interface Lockout {
  /** The keyed hash that a name is counted under, whether or not there is such an account. */
  nameOf(typedOrCanonical: string): string;
  admit(attempt: Attempt): Promise<Admitted>;
  /** The try never came to a verdict: the server was busy. */
  release(admission: Admission): Promise<void>;
  /**
   * The password was right: forgets the failures of this device or source, and of nobody else.
   *
   * @returns how many failures of theirs came before
   */
  succeed(query: Transaction<Tables>, admission: Admission): Promise<number>;
  /**
   * Ends the hard stop of a person and forgets the failures at their name, after a reset or by an administrator.
   *
   * @param source whose waiting ends as well, if given
   * @returns whether there was a hard stop
   */
  clear(query: Transaction<Tables>, person: { emailKey: string; source?: string }): Promise<boolean>;
}

/** What the lockout is made of. */
export interface LockoutPorts {
  secretKeys: Pick<SecretKeys, 'current' | 'find'>;
  clock: Clock;
  database: Pick<Database, 'transact' | 'read' | 'dialect'>;
  limits: Pick<RateLimits, 'take' | 'give' | 'forget'>;
}

interface Parts extends LockoutPorts {
  backoff: Backoff;
  challenges: Challenges;
}

/** Makes the lockout. Hard stops are kept in the database, waits as well where several nodes may share it. */
export function createLockout(ports: LockoutPorts, work?: Work): Lockout {
  const backoff = ports.database.dialect === 'postgres' ? createSharedBackoff(ports) : createBackoff(ports.clock);
  const parts = { ...ports, backoff, challenges: createChallenges(ports, work) };
  const nameOf = (text: string): string => seal(ports.secretKeys, 'sign-in name', text);
  return {
    nameOf,
    async admit(attempt) {
      const byDevice = attempt.deviceId === undefined ? undefined : await admitDevice(parts, attempt, attempt.deviceId);
      // A device whose own failures have reached the hard stop is a stranger again.
      return byDevice ?? admitStranger(parts, attempt);
    },
    async release(admission) {
      if (admission.by === 'device') await ports.limits.give('login-device', admission.deviceId);
      else {
        await parts.backoff.giveBack(admission.pair, admission.previousAt);
        if (admission.tookFromName) await ports.limits.give('login-identifier', admission.name);
      }
      if (admission.isStopped) return;
      await ports.database.transact((query) => takeBackTries(query, admission.counted, 1));
    },
    async succeed(query, admission) {
      if (admission.by === 'device') {
        await ports.limits.forget('login-device', admission.deviceId);
        return (await forgetTries(query, admission.counted)).failures - 1;
      }
      const before = await parts.backoff.forget(query, admission.pair);
      if (admission.tookFromName) await ports.limits.give('login-identifier', admission.name);
      await takeBackTries(query, admission.counted, before + 1);
      return before;
    },
    async clear(query, { emailKey, source }) {
      const name = nameOf(emailKey);
      await ports.limits.forget('login-identifier', name);
      if (source !== undefined) await parts.backoff.forget(query, pairOf(name, source));
      return (await forgetTries(query, name)).wasStopped;
    },
  };
}

/** A known device has its own allowance, which no stranger can use up; undefined if it has lost it for good. */
async function admitDevice(parts: Parts, attempt: Attempt, deviceId: string): Promise<Admitted | undefined> {
  const taken = await parts.limits.take('login-device', deviceId);
  if (!taken.ok) return { ok: false, problem: 'rate.limited', waitSeconds: taken.waitSeconds, bucket: 'device' };
  const counted = seal(parts.secretKeys, 'device failures', deviceId);
  const tried = await parts.database.transact((query) => countTry(query, counted, parts.clock.now()));
  if (tried.isStopped) return undefined;
  return { ok: true, admission: { by: 'device', counted, name: attempt.name, deviceId, ...tried } };
}

/** Everybody else: first the waiting of this source at this name, then the allowance of the name, then the hard stop. */
async function admitStranger(parts: Parts, attempt: Attempt): Promise<Admitted> {
  const { name, source, proof } = attempt;
  const pair = pairOf(name, source);
  const { waitMs, previousAt } = await parts.backoff.begin(pair);
  if (waitMs > 0) return { ok: false, problem: 'rate.limited', waitSeconds: Math.ceil(waitMs / 1_000), bucket: 'pair' };
  const isProved = proof !== undefined && (await parts.challenges.accept(proof, pair));
  const tookFromName = !isProved && (await parts.limits.take('login-identifier', name)).ok;
  if (!isProved && !tookFromName) {
    // Who is asked for work has not tried yet: it must not count against them.
    await parts.backoff.giveBack(pair, previousAt);
    const challenge = parts.challenges.make(pair);
    return { ok: false, problem: 'auth.challenge_required', challenge, bucket: 'identifier' };
  }
  const tried = await parts.database.transact((query) => countTry(query, name, parts.clock.now()));
  return { ok: true, admission: { by: 'source', counted: name, name, pair, previousAt, tookFromName, ...tried } };
}

/** A source and a name as one key that names neither. */
function pairOf(name: string, source: string): string {
  return createHash('sha256').update(`${name}\n${source}`).digest('base64url');
}
