// Decides whether a password opens a session; every refusal looks and costs the same.
import { createHash } from 'node:crypto';
import type { ClientKind, LoginRequest, SecondFactorRequired } from '@parley/contract';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { UserRow } from '../db/schema.ts';
import { background } from '../http/log.ts';
import type { Taken } from '../http/rate-limits.ts';
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
  | { ok: false; problem: 'rate.limited'; taken: Taken & { ok: false } }
  | Busy;

/**
 * Checks an address and a password and opens a session. Exactly one Argon2 computation, whether the account exists,
 * is disabled or the password is wrong.
 *
 * @param requester its address is what tries are counted under, together with the account's
 */
export async function logIn(
  ports: IdentityPorts,
  typed: z.output<typeof LoginRequest>,
  requester: Requester,
): Promise<LoggedIn> {
  const key = canonicalEmail(typed.email)?.key;
  const pair = pairKey(key ?? typed.email, requester.source);
  const taken = await ports.limits.take('login-pair', pair);
  if (!taken.ok) return { ok: false, problem: 'rate.limited', taken };
  const user =
    key === undefined
      ? undefined
      : await ports.database.read
          .selectFrom('users')
          .selectAll()
          .where('email_key', '=', key)
          .where('disabled_at', 'is', null)
          .executeTakeFirst();
  const checked = await ports.passwords.check(typed.password, user);
  if (!checked.ok) return checked;
  if (!checked.matches || user === undefined) return { ok: false, problem: 'auth.invalid_credentials' };
  const loggedIn = await open(ports, user, { client: typed.client, requester });
  if (loggedIn.ok) {
    await ports.limits.forget('login-pair', pair);
    if (ports.passwords.isOutdated(user))
      background(ports.log, 'password rehash', upgradePassword(ports, { user, password: typed.password, requester }));
  }
  return loggedIn;
}

/** The account and the source as one key that names neither. */
function pairKey(identifier: string, source: string): string {
  return createHash('sha256').update(`${identifier}\n${source}`).digest('base64url');
}

async function open(
  ports: IdentityPorts,
  user: UserRow,
  session: { client: ClientKind; requester: Requester },
): Promise<LoggedIn> {
  return ports.database.transact(async (query) => {
    // The password may have changed, or the account ended, while Argon2 ran.
    const present = await query
      .selectFrom('users')
      .selectAll()
      .where('id', '=', user.id)
      .where('password_hash', '=', user.password_hash)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (present === undefined) return { ok: false, problem: 'auth.invalid_credentials' };
    const secondFactor = await ports.secondFactors.begin(query, { user: present, ...session });
    if (secondFactor !== undefined) return { ok: true, secondFactor };
    return { ok: true, opened: await openSession(query, ports, { user: present, ...session, methods: ['pwd'] }) };
  });
}
