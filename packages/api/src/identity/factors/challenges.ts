// Decides how a dialogue goes on in a later request: a secret in the client's hand, its hash and an end on our side.
import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { ChallengesTable } from '../../db/identity-tables.ts';
import type { Tables } from '../../db/schema.ts';

/** The kinds of dialogue. */
export type ChallengeKind = ChallengesTable['kind'];

/** A dialogue to begin. `data` becomes JSON; nothing in it may be a secret in the clear. Times in Unix ms. */
export interface NewChallenge {
  kind: ChallengeKind;
  userId: string | null;
  data: object;
  now: number;
  lifeMs: number;
  /** What the client holds; absent: 256 new random bits. */
  secret?: string;
}

/** A dialogue that goes on. */
export interface Challenge<T> {
  id: string;
  userId: string | null;
  data: T;
}

/** What to look for: a dialogue of a kind that is alive at `now` (Unix ms). */
export interface WantedChallenge<T> {
  kind: ChallengeKind;
  secret: string;
  now: number;
  /** The form of its data. */
  shape: z.ZodType<T>;
}

/** Makes a secret of 256 random bits. */
export const makeChallengeSecret = (): string => randomBytes(32).toString('base64url');

/** The name that a secret's row has. */
export const challengeId = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/**
 * Begins a dialogue.
 *
 * @returns the secret that goes on with it; only its hash is stored
 */
export async function beginChallenge(query: Transaction<Tables>, wanted: NewChallenge): Promise<string> {
  const secret = wanted.secret ?? makeChallengeSecret();
  await query
    .insertInto('challenges')
    .values({
      id: challengeId(secret),
      kind: wanted.kind,
      user_id: wanted.userId,
      data: JSON.stringify(wanted.data),
      expires_at: wanted.now + wanted.lifeMs,
      created_at: wanted.now,
    })
    .execute();
  return secret;
}

/** Ends a dialogue and takes what it knew: of two requests at once only one gets it. */
export async function takeChallenge<T>(
  query: Transaction<Tables>,
  wanted: WantedChallenge<T>,
): Promise<Challenge<T> | undefined> {
  const row = await query
    .deleteFrom('challenges')
    .where('id', '=', challengeId(wanted.secret))
    .where('kind', '=', wanted.kind)
    .where('expires_at', '>', wanted.now)
    .returningAll()
    .executeTakeFirst();
  return row && { id: row.id, userId: row.user_id, data: wanted.shape.parse(JSON.parse(row.data)) };
}

/**
 * Finds a dialogue that goes on until it succeeds; undefined when `maxAttempts` have been made.
 *
 * @param wanted `counts`: this is one of the attempts
 */
export async function tryChallenge<T>(
  query: Transaction<Tables>,
  wanted: Omit<WantedChallenge<T>, 'secret'> & { id: string; maxAttempts: number; counts: boolean },
): Promise<Challenge<T> | undefined> {
  const row = await query
    .updateTable('challenges')
    .set((column) => ({ attempts: column('attempts', '+', wanted.counts ? 1 : 0) }))
    .where('id', '=', wanted.id)
    .where('kind', '=', wanted.kind)
    .where('expires_at', '>', wanted.now)
    .where('attempts', '<', wanted.maxAttempts)
    .returningAll()
    .executeTakeFirst();
  return row && { id: row.id, userId: row.user_id, data: wanted.shape.parse(JSON.parse(row.data)) };
}

/** Ends a dialogue that was tried in this transaction. */
export async function endChallenge(query: Transaction<Tables>, id: string): Promise<void> {
  await query.deleteFrom('challenges').where('id', '=', id).execute();
}
