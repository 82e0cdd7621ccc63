// Decides how a person who is signed in proves again who they are, before something delicate.
import type { Reauthentication } from '@parley/contract';
import type { Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import { proveByPasskey } from './factors/passkey-proof.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';
import type { AuthenticationMethod } from './sessions.ts';
import { findUser } from './users.ts';

/** What proving again gets. */
export type Reauthenticated =
  | { ok: true }
  | {
      ok: false;
      problem:
        | 'auth.invalid_credentials'
        | 'auth.challenge_invalid'
        | 'passkey.invalid'
        | 'auth.invalid_token'
        | 'password.unset';
    }
  | Busy;

type Ports = Pick<IdentityPorts, 'config' | 'database' | 'clock' | 'audit' | 'passwords' | 'secondFactors'>;

/** Refusals that say that the proof was wrong; the others say that none could be judged. */
const WRONG: readonly string[] = ['auth.invalid_credentials', 'auth.challenge_invalid', 'passkey.invalid'];

/** Checks a password, a code of the second factor or a passkey; the session then counts as fresh for 15 minutes. */
export async function reauthenticate(
  ports: Ports,
  actor: Actor,
  proof: { given: Reauthentication; requester: Requester },
): Promise<Reauthenticated> {
  const proved = await check(ports, actor, proof);
  if (!proved.ok && !WRONG.includes(proved.problem)) return proved;
  const { userId, sessionId } = actor;
  const entry = { requester: proof.requester, actorId: userId, subjectId: userId, sessionId };
  const details = { kind: 'reauthentication' };
  if (!proved.ok) {
    ports.audit.note({ ...entry, name: 'login.failed', outcome: 'failure', reason: proved.problem, details });
    return proved;
  }
  const renewed = await ports.database.transact(async (query) => {
    const { numUpdatedRows } = await query
      .updateTable('sessions')
      .set({ authenticated_at: ports.clock.now() })
      .where('id', '=', sessionId)
      .where('user_id', '=', userId)
      .where('status', '=', 'active')
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    const method = proved.method;
    await ports.audit.record(query, {
      ...entry,
      name: 'login.succeeded',
      outcome: 'success',
      details: { ...details, method },
    });
    return true;
  });
  return renewed ? { ok: true } : { ok: false, problem: 'auth.invalid_token' };
}

type Checked = { ok: true; method: AuthenticationMethod } | Exclude<Reauthenticated, { ok: true }>;

async function check(
  ports: Ports,
  actor: Actor,
  { given, requester }: { given: Reauthentication; requester: Requester },
): Promise<Checked> {
  if ('challengeId' in given) {
    const proved = await proveByPasskey(ports, actor, { given, requester });
    return proved.ok ? { ok: true, method: 'hwk' } : proved;
  }
  if ('code' in given) {
    const isRight = await ports.secondFactors.verifyCode(actor.userId, given.code);
    return isRight ? { ok: true, method: 'otp' } : { ok: false, problem: 'auth.challenge_invalid' };
  }
  const user = await findUser(ports.database.read, actor.userId);
  if (user === undefined) return { ok: false, problem: 'auth.invalid_token' };
  if (user.password_scheme === 'none') return { ok: false, problem: 'password.unset' };
  const checked = await ports.passwords.check(given.password, user);
  if (!checked.ok) return checked;
  return checked.matches ? { ok: true, method: 'pwd' } : { ok: false, problem: 'auth.invalid_credentials' };
}
