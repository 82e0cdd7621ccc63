// Decides how people find each other.
import { Id, type UserPage } from '@parley/contract';
import type { Query } from '../db/database.ts';
import type { UserRow } from '../db/schema.ts';

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

/** The id in a cursor; undefined if somebody wrote another text into it, which a database may not even take. */
export function idInCursor(cursor: string): string | undefined {
  const id = Id.safeParse(Buffer.from(cursor, 'base64url').toString());
  return id.success ? id.data : undefined;
}

/** The person that a cursor stands on; a cursor that nobody stands on starts from the beginning. */
function findLast(query: Query, cursor: string): Promise<{ id: string; name: string } | undefined> {
  return query
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', '=', idInCursor(cursor) ?? '')
    .executeTakeFirst();
}
