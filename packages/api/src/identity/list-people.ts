// Decides how administrators find people, and what they see of each.
import type { AdminUser, AdminUserPage, AdminUserQuery } from '@parley/contract';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { z } from 'zod';
import type { Query } from '../db/database.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { presentUser } from './accounts.ts';
import type { Lockout } from './lockout.ts';
import type { IdentityPorts } from './ports.ts';
import { idInCursor } from './users.ts';

type Ports = Pick<IdentityPorts, 'clock' | 'database'> & { lockout: Pick<Lockout, 'nameOf'> };
type Wanted = z.output<typeof AdminUserQuery>;
type Users = SelectQueryBuilder<Tables, 'users', UserRow>;

/**
 * Lists people in the order of their accounts, oldest first.
 *
 * @param wanted `after` is the `next` of the page before. A page of locked people may be short although more follow:
 * one request looks at a bounded number of accounts.
 */
export async function listPeople(ports: Ports, wanted: Wanted): Promise<AdminUserPage> {
  const query = ports.database.read;
  const found: { user: UserRow; isLocked: boolean }[] = [];
  const chunk = wanted.status === 'locked' ? LIMITS.adminPage.chunk : wanted.limit + 1;
  let last = wanted.after === undefined ? undefined : idInCursor(wanted.after);
  let looks = wanted.status === 'locked' ? LIMITS.adminPage.chunks : 1;
  let isEnd = false;
  while (looks > 0 && !isEnd && found.length <= wanted.limit) {
    looks--;
    const rows = await matching(query, wanted, last).limit(chunk).execute();
    const locked = await lockedAmong(query, ports, rows);
    for (const user of rows)
      if (wanted.status !== 'locked' || locked.has(user.id)) found.push({ user, isLocked: locked.has(user.id) });
    last = rows.at(-1)?.id ?? last;
    isEnd = rows.length < chunk;
  }
  const page = found.slice(0, wanted.limit);
  const hasMore = found.length > wanted.limit || !isEnd;
  const end = found.length > wanted.limit ? page.at(-1)?.user.id : last;
  const next = hasMore && end !== undefined ? Buffer.from(end).toString('base64url') : null;
  return { data: await present(query, ports, page), page: { next, prev: null, hasMore } };
}

function matching(query: Query, wanted: Wanted, last: string | undefined): Users {
  let users: Users = query.selectFrom('users').selectAll().orderBy('id');
  if (last !== undefined) users = users.where('id', '>', last);
  if (wanted.role !== undefined) users = users.where('role', '=', wanted.role);
  if (wanted.status === 'active') users = users.where('disabled_at', 'is', null);
  if (wanted.status === 'disabled') users = users.where('disabled_at', 'is not', null);
  if (wanted.search === undefined || wanted.search === '') return users;
  const pattern = `%${wanted.search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return users.where(
    sql<boolean>`(lower(name) like ${pattern} escape '\\' or lower(email) like ${pattern} escape '\\')`,
  );
}

/** The ids of those whose password sign-in is off for unknown devices. */
async function lockedAmong(query: Query, ports: Ports, users: readonly UserRow[]): Promise<ReadonlySet<string>> {
  const byName = new Map(users.map((user) => [ports.lockout.nameOf(user.email_key), user.id]));
  if (byName.size === 0) return new Set();
  const stopped = await query
    .selectFrom('login_failures')
    .select('identifier')
    .where('identifier', 'in', [...byName.keys()])
    .where('stopped_at', 'is not', null)
    .execute();
  return new Set(stopped.map(({ identifier }) => byName.get(identifier) ?? ''));
}

async function present(
  query: Query,
  ports: Ports,
  page: readonly { user: UserRow; isLocked: boolean }[],
): Promise<AdminUser[]> {
  const ids = page.map(({ user }) => user.id);
  if (ids.length === 0) return [];
  const sessions = await query
    .selectFrom('sessions')
    .select(['user_id', sql<number | string>`max(last_used_at)`.as('last_used_at')])
    .select(
      sql<number | string>`sum(case when status = 'active' and expires_at > ${ports.clock.now()} then 1 else 0 end)`.as(
        'active',
      ),
    )
    .where('user_id', 'in', ids)
    .groupBy('user_id')
    .execute();
  const bySession = new Map(sessions.map((row) => [row.user_id, row]));
  const codes = query.selectFrom('totp_factors').select('user_id').where('confirmed_at', 'is not', null);
  const keys = query.selectFrom('passkeys').select('user_id');
  const factors = await codes
    .where('user_id', 'in', ids)
    .union(keys.where('user_id', 'in', ids))
    .execute();
  const withFactor = new Set(factors.map((row) => row.user_id));
  return page.map(({ user, isLocked }) => {
    const seen = bySession.get(user.id);
    return {
      ...presentUser(user),
      disabledAt: timeOf(user.disabled_at),
      lastSeenAt: timeOf(seen === undefined ? null : Number(seen.last_used_at)),
      emailVerifiedAt: timeOf(user.email_verified_at),
      isLocked,
      hasSecondFactor: withFactor.has(user.id),
      sessions: Number(seen?.active ?? 0),
    };
  });
}

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** One person as administrators see them. */
export async function presentPerson(ports: Ports, user: UserRow): Promise<AdminUser> {
  const query = ports.database.read;
  const locked = await lockedAmong(query, ports, [user]);
  const [person] = await present(query, ports, [{ user, isLocked: locked.has(user.id) }]);
  if (person === undefined) throw new TypeError('a person that was given is not presented');
  return person;
}
