// Decides the form of one-time tokens (set-up links, invitations) and how one is used up.
import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Query } from '../db/database.ts';
import type { InvitationsTable, Tables } from '../db/schema.ts';

/** The kinds of one-time token. */
export type OneTimeKind = InvitationsTable['kind'];

const PREFIX: Record<OneTimeKind, string> = { setup: 'st_', invitation: 'inv_' };

/** Makes a token of 256 random bits, with the hash that is stored of it. */
export function makeOneTimeToken(kind: OneTimeKind): { token: string; hash: string } {
  const token = `${PREFIX[kind]}${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOf(token) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** What to look for: a token of a kind that is good at `now` (Unix ms). */
export interface WantedToken {
  kind: OneTimeKind;
  token: string;
  now: number;
}

/** Finds an unused token that has not expired, without using it. */
export function findOneTimeToken(query: Query, wanted: WantedToken) {
  return query
    .selectFrom('invitations')
    .selectAll()
    .where('secret_hash', '=', hashOf(wanted.token))
    .where('kind', '=', wanted.kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', wanted.now)
    .executeTakeFirst();
}

/** Uses a token up, in one statement, so that of two at once only one gets it; undefined if there is none to use. */
export function useOneTimeToken(query: Transaction<Tables>, wanted: WantedToken) {
  return query
    .updateTable('invitations')
    .set({ used_at: wanted.now })
    .where('secret_hash', '=', hashOf(wanted.token))
    .where('kind', '=', wanted.kind)
    .where('used_at', 'is', null)
    .where('expires_at', '>', wanted.now)
    .returningAll()
    .executeTakeFirst();
}

/** Notes whose account came of a token that was used up in this transaction. */
export async function noteUser(
  query: Transaction<Tables>,
  used: { invitationId: string; userId: string },
): Promise<void> {
  await query.updateTable('invitations').set({ used_by: used.userId }).where('id', '=', used.invitationId).execute();
}

/** Takes a use back in the transaction that made it. */
export async function giveBack(query: Transaction<Tables>, invitationId: string): Promise<void> {
  await query.updateTable('invitations').set({ used_at: null }).where('id', '=', invitationId).execute();
}
