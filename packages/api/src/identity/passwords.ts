// Decides how passwords are hashed and checked, and how many computations run at once.
import { availableParallelism } from 'node:os';
import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import type { SecretKeys } from '@parley/tokens';
import type { Logger } from 'pino';
import { LIMITS } from '../http/limits.ts';
import { canonicalPassword } from './normalise.ts';
import { createPasswordPolicy, type PasswordPolicy, type PolicyConfig } from './password-policy.ts';
import {
  SCHEMES,
  isSameDigest,
  legacyDigest,
  openArgon2,
  sealArgon2,
  type Cost,
  type StoredPassword,
} from './password-schemes.ts';
import { createSlots, type Ran } from './slots.ts';

/** The server has no room for one more computation; come again in a second. */
export type Busy = { ok: false; problem: 'server.busy' };

/** Passwords as accounts need them. Every call that computes runs Argon2 exactly once. */
export interface Passwords extends PasswordPolicy {
  /** Hashes a new password that was judged; the scheme is `argon2id`. */
  hash(password: string): Promise<{ ok: true; hash: string } | Busy>;
  /** Wraps a lower-case hexadecimal digest of an old system; the scheme is `argon2id-sha256…`. */
  wrap(digest: string): Promise<{ ok: true; hash: string } | Busy>;
  /**
   * Checks a password by the stored scheme alone. Without a stored password, or with one that cannot be used, the
   * same work is done and the answer is no.
   */
  check(password: string, stored: StoredPassword | undefined): Promise<{ ok: true; matches: boolean } | Busy>;
  /** Whether a stored password should be hashed anew: another scheme, cost or pepper than the present ones. */
  isOutdated(stored: StoredPassword): boolean;
}

/** The computation itself, replaceable in tests. */
export interface Argon2 {
  hash: typeof argon2Hash;
  verify: typeof argon2Verify;
}

/** What passwords are made with. `parallelHashes` computations run at once, two at most unless it says more. */
export type PasswordsConfig = PolicyConfig & { argon2: Cost; parallelHashes?: number | undefined };

/** What passwords ask for. The ring `pepper` goes into every hash. */
export interface PasswordsPorts {
  secretKeys: Pick<SecretKeys, 'current' | 'find'>;
  log: Pick<Logger, 'error'>;
}

/** What a check computes, and what its outcome means. */
interface Plan {
  hash: string;
  text: string;
  pepper: Uint8Array | undefined;
  /** The answer, given what Argon2 said. */
  answer: (verified: boolean) => boolean;
}

const busy: Busy = { ok: false, problem: 'server.busy' };
const asHash = (ran: Ran<string>): { ok: true; hash: string } | Busy => (ran.ok ? { ok: true, hash: ran.value } : busy);

/** Computations at once where the settings do not say: those of two processors leave the event loop its time. */
export const defaultParallelHashes = (): number => Math.min(2, availableParallelism());

/**
 * Makes the password functions; hashes a dummy at the present cost first, so that unknown accounts cost the same.
 *
 * @param argon2 the library's functions if not given
 * @throws Error when the list of breached passwords has a wrong form
 */
export async function createPasswords(
  config: PasswordsConfig,
  ports: PasswordsPorts,
  argon2: Argon2 = { hash: argon2Hash, verify: argon2Verify },
): Promise<Passwords> {
  const parallel = config.parallelHashes ?? defaultParallelHashes();
  const { queuePerSlot, queueWaitMs } = LIMITS.password;
  const slots = createSlots({ parallel, maxWaiting: parallel * queuePerSlot, maxWaitMs: queueWaitMs });
  const policy = await createPasswordPolicy(config);
  const compute = async (text: string): Promise<string> => {
    const { kid, key } = ports.secretKeys.current('pepper');
    return sealArgon2(await argon2.hash(text, { ...config.argon2, secret: key }), kid);
  };
  const dummy = await argon2.hash(crypto.randomUUID(), config.argon2);
  const isOutdated = (stored: StoredPassword): boolean => {
    const opened = stored.password_scheme === 'argon2id' ? openArgon2(stored.password_hash) : undefined;
    if (opened?.ok !== true) return true;
    return opened.text.kid !== ports.secretKeys.current('pepper').kid || !isSameCost(opened.text.cost, config.argon2);
  };
  return {
    judge: (password, owner) => policy.judge(password, owner),
    async hash(password) {
      const canonical = canonicalPassword(password);
      if (canonical === undefined) throw new TypeError('a password must be judged before it is hashed');
      return asHash(await slots.run(() => compute(canonical)));
    },
    wrap: async (digest) => asHash(await slots.run(() => compute(digest))),
    async check(password, stored) {
      const { hash, text, pepper, answer } = planCheck(password, { stored, dummy }, ports);
      const ran = await slots.run(() => argon2.verify(hash, text, pepper === undefined ? {} : { secret: pepper }));
      return ran.ok ? { ok: true, matches: answer(ran.value) } : busy;
    },
    isOutdated,
  };
}

function isSameCost(one: Cost, other: Cost): boolean {
  return (
    one.memoryCost === other.memoryCost && one.timeCost === other.timeCost && one.parallelism === other.parallelism
  );
}

/** What to compute for a password. What cannot match is computed against the dummy, at the cost of a real one. */
function planCheck(
  password: string,
  { stored, dummy }: { stored: StoredPassword | undefined; dummy: string },
  ports: PasswordsPorts,
): Plan {
  const canonical = canonicalPassword(password);
  const hopeless: Plan = { hash: dummy, text: canonical ?? '', pepper: undefined, answer: () => false };
  if (stored === undefined || canonical === undefined) return hopeless;
  const scheme = SCHEMES[stored.password_scheme];
  switch (scheme.kind) {
    case 'none':
      return hopeless;
    case 'argon2id':
      return planArgon2(canonical, stored, { hopeless, ports });
    case 'wrapped': {
      const digest = legacyDigest(password, scheme.bytes);
      return digest === undefined ? hopeless : planArgon2(digest, stored, { hopeless, ports });
    }
    case 'digest': {
      const digest = legacyDigest(password, scheme.bytes) ?? '';
      return { ...hopeless, answer: () => isSameDigest(digest, stored.password_hash) };
    }
    default:
      return scheme satisfies never;
  }
}

function planArgon2(
  text: string,
  stored: StoredPassword,
  { hopeless, ports }: { hopeless: Plan; ports: PasswordsPorts },
): Plan {
  const opened = openArgon2(stored.password_hash);
  const kid = opened.ok ? opened.text.kid : undefined;
  const key = kid === undefined ? undefined : ports.secretKeys.find('pepper', kid);
  const reason = opened.ok ? 'its pepper is not among the keys' : opened.reason;
  if (!opened.ok || (kid !== undefined && key === undefined)) {
    ports.log.error({ event: 'password.unusable', reason }, 'a stored password cannot be used');
    return hopeless;
  }
  return { hash: opened.text.hash, text, pepper: key?.key, answer: (verified) => verified };
}
