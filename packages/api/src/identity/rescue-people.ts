// Decides how administrators and operators help people who cannot get in: a link for a new password, a lost second step.
import type { HandedLink } from '@parley/contract';
import type { Actor } from '../context.ts';
import { forgetGuesses } from './factors/failures.ts';
import { lockUser, makeLink } from './one-time-links.ts';
import { announceCut, cutOff } from './password-set.ts';
import { findAnyUser, recordAbout, type ChangedBy, type ManagePorts, type StorePorts } from './manage-people.ts';
import { makeResetLink } from './reset-request.ts';
import { isRecent } from './recent.ts';
import type { Query } from '../db/database.ts';

/** Who helps: an administrator has to have proved lately who they are, an operator at the machine has not. */
export interface Helper extends ChangedBy {
  actor: Actor | null;
}

type Refused = { ok: false; problem: 'not_found' | 'auth.reauthentication_required' };

/** What making a link gets. */
export type LinkHanded = { ok: true; link: HandedLink } | Refused;

const isProved = async (query: Query, ports: Pick<StorePorts, 'clock'>, { actor }: Helper): Promise<boolean> =>
  actor === null || isRecent(query, ports, actor);

/** Makes a link for a new password that the helper hands over. It is shown once, and ends older ones. */
export function handResetLink(ports: StorePorts, helper: Helper, userId: string): Promise<LinkHanded> {
  return ports.database.transact(async (query) => {
    if (!(await isProved(query, ports, helper))) return { ok: false, problem: 'auth.reauthentication_required' };
    const user = await findAnyUser(query, userId);
    const made = await makeResetLink(query, ports, userId);
    if (user === undefined || made === undefined) return { ok: false, problem: 'not_found' };
    await recordAbout(query, ports, { by: helper, user, name: 'password.reset_requested', details: { by: 'admin' } });
    return { ok: true, link: { url: made.url, expiresAt: new Date(made.expiresAt).toISOString() } };
  });
}

/**
 * Takes every second factor off an account whose person has lost theirs: generator, recovery codes, passkeys. Everything
 * of the person ends with it, and a mail tells them. Without any factor nothing happens.
 */
export async function resetFactors(
  ports: ManagePorts,
  helper: Helper,
  userId: string,
): Promise<{ ok: true } | Refused> {
  const done = await ports.database.transact(async (query) => {
    if (!(await isProved(query, ports, helper))) return 'auth.reauthentication_required' as const;
    await lockUser(query, userId);
    const user = await findAnyUser(query, userId);
    if (user === undefined) return 'not_found' as const;
    const tables = ['totp_factors', 'recovery_codes', 'passkeys'] as const;
    let removed = 0n;
    for (const table of tables) {
      const { numDeletedRows } = await query.deleteFrom(table).where('user_id', '=', userId).executeTakeFirst();
      removed += numDeletedRows;
    }
    await forgetGuesses(query, userId);
    if (removed === 0n) return undefined;
    await recordAbout(query, ports, {
      by: helper,
      user,
      name: 'factor.removed',
      details: { factor: 'all', by: 'admin' },
    });
    const change = 'An administrator removed every second factor of your account, passkeys included.';
    const { url } = await makeLink(query, ports, { kind: 'not_me', user });
    const data = { name: user.name, change, url };
    await ports.mailer.queue(query, { to: user.email, template: 'factor_changed', data });
    return cutOff(query, ports, { userId, reason: 'admin' });
  });
  if (typeof done === 'string') return { ok: false, problem: done };
  if (done !== undefined) announceCut(ports, done);
  return { ok: true };
}
