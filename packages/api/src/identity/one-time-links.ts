// Decides the links that mails carry: their form and life, what binds them, and how one is used up.
import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ApiContext } from '../context.ts';
import type { Query } from '../db/database.ts';
import type { OneTimeTokensTable } from '../db/identity-tables.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';

/** What a mailed link is for. */
export type LinkKind = OneTimeTokensTable['kind'];

interface LinkForm {
  prefix: string;
  /** The page of the site that reads the secret from the fragment; opening it uses nothing up. */
  page: string;
  lifeMs: number;
  /** Whether every change of the person's epoch (password, role, sign-out everywhere) ends it. */
  isBoundToEpoch: boolean;
  /** Whether the account must still have the address that it was made for. */
  isBoundToEmail: boolean;
}

const { resetMs, confirmMs, notMeMs } = LIMITS.mailedLinks;
const bound = { isBoundToEpoch: true, isBoundToEmail: true };

const FORMS: Readonly<Record<LinkKind, LinkForm>> = {
  password_reset: { prefix: 'pr_', page: 'reset', lifeMs: resetMs, ...bound },
  // The same for who uses it; that the person reads their mail is not shown by it.
  handed_reset: { prefix: 'pr_', page: 'reset', lifeMs: resetMs, ...bound },
  email_verify: { prefix: 'ev_', page: 'confirm', lifeMs: confirmMs, ...bound, isBoundToEpoch: false },
  // Both carry the address that the account is to get; the first goes there, the second to the one that it has.
  email_change: { prefix: 'ec_', page: 'confirm', lifeMs: confirmMs, ...bound, isBoundToEmail: false },
  email_release: { prefix: 'er_', page: 'confirm', lifeMs: confirmMs, ...bound, isBoundToEmail: false },
  // It must outlive what an intruder does after it was sent.
  not_me: { prefix: 'nm_', page: 'not-me', lifeMs: notMeMs, ...bound, isBoundToEpoch: false },
};

/** Kinds that take each other's place. */
export const RESETS: readonly LinkKind[] = ['password_reset', 'handed_reset'];

/** A link with its secret in the fragment, for one mail or one answer; `expiresAt` in Unix ms. */
export interface MadeLink {
  url: string;
  expiresAt: number;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * Makes a link for a person, in the transaction that queues its mail. A newer one ends the older ones of its kind, save
 * those that say "it was not me".
 *
 * @param wanted `email` is the address that it is bound to, if not the person's own
 */
export async function makeLink(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock'>,
  wanted: { kind: LinkKind; user: Pick<UserRow, 'id' | 'email' | 'epoch'>; email?: string },
): Promise<MadeLink> {
  const { kind, user } = wanted;
  const { prefix, page, lifeMs } = FORMS[kind];
  const now = ports.clock.now();
  const token = `${prefix}${randomBytes(32).toString('base64url')}`;
  const kinds = RESETS.includes(kind) ? RESETS : [kind];
  if (kind !== 'not_me') await endLinks(query, { userId: user.id, kinds, now });
  const expiresAt = now + lifeMs;
  await query
    .insertInto('one_time_tokens')
    .values({
      id: uuidv7(),
      kind,
      user_id: user.id,
      secret_hash: hashOf(token),
      email: wanted.email ?? user.email,
      user_epoch: user.epoch,
      expires_at: expiresAt,
      created_at: now,
    })
    .execute();
  // Always of the configured site: what a request calls the host is anybody's word.
  return { url: `${ports.config.publicUrl}/${page}#${token}`, expiresAt };
}

/** Ends the living links of some kinds of a person. */
export async function endLinks(
  query: Transaction<Tables>,
  ending: { userId: string; kinds: readonly LinkKind[]; now: number },
): Promise<void> {
  await query
    .updateTable('one_time_tokens')
    .set({ expires_at: ending.now })
    .where('user_id', '=', ending.userId)
    .where('kind', 'in', ending.kinds)
    .where('expires_at', '>', ending.now)
    .execute();
}

/** A presented secret; which kinds of link it may be of. `now` in Unix ms. */
export interface PresentedLink {
  token: string;
  kinds: readonly LinkKind[];
  now: number;
}

/** A living link and whose it is. */
export interface FoundLink {
  kind: LinkKind;
  email: string;
  user: UserRow;
}

/** Finds a living link without using it up; undefined if there is none, whatever the reason. */
export async function findLink(query: Query, presented: PresentedLink): Promise<FoundLink | undefined> {
  const row = await query
    .selectFrom('one_time_tokens')
    .select(['kind', 'email', 'user_id', 'user_epoch'])
    .where('secret_hash', '=', hashOf(presented.token))
    .where('kind', 'in', presented.kinds)
    .where('expires_at', '>', presented.now)
    .executeTakeFirst();
  return row === undefined ? undefined : withUser(query, row);
}

/** Locks a person's row until the transaction ends: what counts or ends their links stands in one order. */
export async function lockUser(query: Transaction<Tables>, userId: string): Promise<void> {
  await query
    .updateTable('users')
    .set((column) => ({ epoch: column('epoch', '+', 0) }))
    .where('id', '=', userId)
    .execute();
}

/**
 * Uses a link up in one statement, so that of two at once only one gets it; undefined if there is none to use. The
 * person's row is locked before, as everywhere where links end.
 */
export async function useLink(query: Transaction<Tables>, presented: PresentedLink): Promise<FoundLink | undefined> {
  const found = await findLink(query, presented);
  if (found === undefined) return undefined;
  await lockUser(query, found.user.id);
  const row = await query
    .updateTable('one_time_tokens')
    .set({ expires_at: presented.now })
    .where('secret_hash', '=', hashOf(presented.token))
    .where('kind', 'in', presented.kinds)
    .where('expires_at', '>', presented.now)
    .returning(['kind', 'email', 'user_id', 'user_epoch'])
    .executeTakeFirst();
  return row === undefined ? undefined : withUser(query, row);
}

async function withUser(
  query: Query,
  row: Pick<OneTimeTokensTable, 'kind' | 'email' | 'user_id' | 'user_epoch'>,
): Promise<FoundLink | undefined> {
  const user = await query
    .selectFrom('users')
    .selectAll()
    .where('id', '=', row.user_id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  const { isBoundToEpoch, isBoundToEmail } = FORMS[row.kind];
  if (user === undefined) return undefined;
  if (isBoundToEpoch && user.epoch !== row.user_epoch) return undefined;
  if (isBoundToEmail && user.email !== row.email) return undefined;
  return { kind: row.kind, email: row.email, user };
}

/** How many reset links of a person were made in the time that ended ones are kept. */
export async function countRecentResets(query: Query, counted: { userId: string; now: number }): Promise<number> {
  const { count } = await query
    .selectFrom('one_time_tokens')
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .where('user_id', '=', counted.userId)
    .where('kind', '=', 'password_reset')
    .where('created_at', '>', counted.now - LIMITS.mailedLinks.keepMs)
    .executeTakeFirstOrThrow();
  return Number(count);
}
