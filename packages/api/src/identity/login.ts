// Decides whether a password opens a session; every refusal looks and costs the same.
import type { ClientKind, LoginRequest, ProofOfWork, SecondFactorRequired } from '@parley/contract';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { UserRow } from '../db/schema.ts';
import { background } from '../http/log.ts';
import type { Taken } from '../http/rate-limits.ts';
import { knownDevice, type PresentedDevice } from './devices.ts';
import { noteRefused, noteStopped } from './lockout-notices.ts';
import type { Admission } from './lockout.ts';
import { canonicalEmail } from './normalise.ts';
import { openSession, type Opened } from './open-session.ts';
import type { Busy } from './passwords.ts';
import { upgradePassword } from './password-upgrade.ts';
import type { IdentityPorts } from './ports.ts';

/** What a login gets. */
export type LoggedIn =
  | { ok: true; opened: Opened }
  | ({ ok: true } & SecondFactorRequired)
  | { ok: false; problem: 'auth.invalid_credentials' }
  | { ok: false; problem: 'rate.limited'; waitSeconds: number }
  | { ok: false; problem: 'auth.challenge_required'; challenge: ProofOfWork }
  | Busy;

/** Where a login comes from. */
export interface LoginOrigin {
  requester: Requester;
  device: PresentedDevice | undefined;
  /** The source has used up its own allowance: only a device that is known to the person goes on. */
  overdrawn: (Taken & { ok: false }) | null;
}

type Typed = z.output<typeof LoginRequest>;

/** A try that may be judged, with everything that is known before anybody looks at the account. */
interface Try {
  typed: Typed;
  origin: LoginOrigin;
  emailKey: string | undefined;
  admission: Admission;
}

/**
 * Checks an address and a password and opens a session, or asks for a second factor. What refuses before the password
 * is looked at does not look at the account either; after that it is exactly one Argon2 computation, whether the
 * account exists, is disabled, unverified or locked, or the password is wrong.
 */
export async function logIn(ports: IdentityPorts, typed: Typed, origin: LoginOrigin): Promise<LoggedIn> {
  const { requester, overdrawn } = origin;
  const emailKey = canonicalEmail(typed.email)?.key;
  const name = ports.lockout.nameOf(emailKey ?? typed.email);
  const deviceId = await knownDevice(ports.database.read, origin.device, emailKey);
  if (deviceId === undefined && overdrawn !== null)
    return { ok: false, problem: 'rate.limited', waitSeconds: overdrawn.waitSeconds };
  const attempt = { name, source: requester.source, deviceId, proof: typed.proof };
  const admitted = await ports.lockout.admit(attempt);
  if (!admitted.ok) {
    noteRefused(ports, admitted, { name, emailKey, requester });
    return admitted;
  }
  return judge(ports, { typed, origin, emailKey, admission: admitted.admission });
}

async function judge(ports: IdentityPorts, attempt: Try): Promise<LoggedIn> {
  const { typed, emailKey, admission } = attempt;
  const user = await ports.database.read
    .selectFrom('users')
    .selectAll()
    .where('email_key', '=', emailKey ?? '')
    .executeTakeFirst();
  const mayEnter = user !== undefined && !admission.isStopped && isUsable(user);
  const checked = await ports.passwords.check(typed.password, mayEnter ? user : undefined);
  if (!checked.ok) {
    await ports.lockout.release(admission);
    return checked;
  }
  if (!checked.matches || user === undefined) return refuse(ports, attempt, user);
  const loggedIn = await open(ports, attempt, user);
  if (!loggedIn.ok) return refuse(ports, attempt, user);
  if (ports.passwords.isOutdated(user))
    background(
      ports.log,
      'password rehash',
      upgradePassword(ports, { user, password: typed.password, requester: attempt.origin.requester }),
    );
  return loggedIn;
}

/** Whether an account can be signed in to at all: not disabled, and not waiting for its address to be confirmed. */
function isUsable(user: UserRow): boolean {
  return user.disabled_at === null && (user.awaits_confirmation === 0 || user.email_verified_at !== null);
}

/** The one refusal. What is written about it is written in the background. */
function refuse(ports: IdentityPorts, attempt: Try, user: UserRow | undefined): LoggedIn {
  const { admission, emailKey, origin } = attempt;
  const { requester } = origin;
  ports.audit.note({
    name: 'login.failed',
    outcome: 'failure',
    reason: reasonOf(admission, user),
    requester,
    ...(user === undefined ? {} : { subjectId: user.id }),
    details: { identifier: admission.name, by: admission.by },
  });
  if (admission.isLast && admission.by === 'source')
    noteStopped(ports, { name: admission.name, emailKey, requester, userId: user?.id });
  return { ok: false, problem: 'auth.invalid_credentials' };
}

function reasonOf(admission: Admission, user: UserRow | undefined): string {
  if (user === undefined) return 'unknown';
  if (admission.isStopped) return 'stopped';
  if (user.disabled_at !== null) return 'disabled';
  return isUsable(user) ? 'password' : 'unconfirmed';
}

async function open(ports: IdentityPorts, attempt: Try, user: UserRow): Promise<LoggedIn> {
  const { admission, origin, typed } = attempt;
  const session: { client: ClientKind; requester: Requester } = { client: typed.client, requester: origin.requester };
  const deviceId = admission.by === 'device' ? admission.deviceId : undefined;
  return ports.database.transact(async (query) => {
    // The password may have changed, or the account ended, while Argon2 ran; a hash made anew changes no epoch.
    const present = await query
      .selectFrom('users')
      .selectAll()
      .where('id', '=', user.id)
      .where('epoch', '=', user.epoch)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (present === undefined) return { ok: false, problem: 'auth.invalid_credentials' };
    const failures = await ports.lockout.succeed(query, admission);
    const secondFactor = await ports.secondFactors.begin(query, { user: present, ...session });
    if (secondFactor !== undefined) return { ok: true, secondFactor };
    const opened = await openSession(query, ports, { user: present, ...session, methods: ['pwd'], deviceId });
    await ports.audit.record(query, {
      name: failures > 0 ? 'login.succeeded_after_failures' : 'login.succeeded',
      outcome: 'success',
      requester: origin.requester,
      actorId: user.id,
      subjectId: user.id,
      sessionId: opened.sessionId,
      details: { failures },
    });
    return { ok: true, opened };
  });
}
