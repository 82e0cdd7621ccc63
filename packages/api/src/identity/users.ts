// Decides how people are listed and how a role is changed.
import type { Role, User, UserPage } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Actor } from '../context.ts';
import type { Database, Query } from '../db/database.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { presentUser } from './accounts.ts';
import { mayChangeRoles } from './policy.ts';
import type { IdentityPorts } from './ports.ts';
import { endAllSessions } from './sessions.ts';

/** A person by id, unless they are disabled. */
export function findUser(query: Query, id: string): Promise<UserRow | undefined> {
  return query.selectFrom('users').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst();
}

/**
 * Lists people by name.
 *
 * @param page `after` is the `next` of the page before
 */
export async function listUsers(query: Query, page: { limit: number; after?: string | undefined }): Promise<UserPage> {
  const last = page.after === undefined ? undefined : await findLast(query, page.after);
  const rows = await query
    .selectFrom('users')
    .select(['id', 'name'])
    .where('disabled_at', 'is', null)
    .where((where) =>
      last === undefined
        ? where.lit(true)
        : where.or([
            where('name', '>', last.name),
            where.and([where('name', '=', last.name), where('id', '>', last.id)]),
          ]),
    )
    .orderBy('name')
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  const data = rows.slice(0, page.limit);
  const end = data.at(-1);
  const hasMore = rows.length > page.limit;
  const next = hasMore && end !== undefined ? Buffer.from(end.id).toString('base64url') : null;
  return { data, page: { next, prev: null, hasMore } };
}

/** The person that a cursor stands on; a cursor that nobody stands on starts from the beginning. */
function findLast(query: Query, cursor: string): Promise<{ id: string; name: string } | undefined> {
  return query
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', '=', Buffer.from(cursor, 'base64url').toString())
    .executeTakeFirst();
}

/** What changing a role gets. */
export type RoleChanged =
  | { ok: true; user: User }
  | { ok: false; problem: 'auth.forbidden' | 'not_found' | 'user.last_admin' };

/** What storing a change of role gets; `raised` is the epoch below which the person's tokens are dead. */
export type StoredChange =
  | { ok: true; user: UserRow; raised?: { userId: string; epoch: number } }
  | (RoleChanged & { ok: false });

/**
 * Changes a person's role. With it every session of theirs ends, their tokens die and their connections are cut: what
 * they come back with rests on the new role. The last administrator stays one.
 */
export async function changeRole(
  ports: IdentityPorts,
  actor: Actor,
  wanted: { userId: string; role: Role },
): Promise<RoleChanged> {
  if (!mayChangeRoles(actor.role)) return { ok: false, problem: 'auth.forbidden' };
  const stored = await ports.database.transact((query) => storeRole(query, ports, wanted));
  if (!stored.ok) return stored;
  if (stored.raised !== undefined) {
    ports.revocations.raiseEpoch(stored.raised.userId, stored.raised.epoch);
    ports.disconnector.disconnect(stored.raised.userId);
  }
  return { ok: true, user: presentUser(stored.user) };
}

/** The stored half of a change of role: who it was allowed to is decided, who hears of it comes after the commit. */
export async function storeRole(
  query: Transaction<Tables>,
  ports: Pick<IdentityPorts, 'config' | 'clock' | 'database'>,
  wanted: { userId: string; role: Role },
): Promise<StoredChange> {
  const admins = await lockAdmins(query, ports.database.dialect);
  const user = await findUser(query, wanted.userId);
  if (user === undefined) return { ok: false, problem: 'not_found' };
  if (user.role === wanted.role) return { ok: true, user };
  if (user.role === 'admin' && admins.length <= 1) return { ok: false, problem: 'user.last_admin' };
  await query.updateTable('users').set({ role: wanted.role }).where('id', '=', user.id).execute();
  const raised = await endAllSessions(query, ports, { userId: user.id, reason: 'role' });
  return { ok: true, user: { ...user, role: wanted.role }, raised };
}

/** The administrators, locked until the transaction ends, so that two cannot step down at once. */
function lockAdmins(query: Transaction<Tables>, dialect: Database['dialect']): Promise<{ id: string }[]> {
  const select = query
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .orderBy('id');
  return (dialect === 'postgres' ? select.forUpdate() : select).execute();
}
