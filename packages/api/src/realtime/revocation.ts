// Decides which tokens are dead before their time: a list in memory, recorded in the database, rebuilt at the start.
import type { Transaction } from 'kysely';
import type { Clock, Revocations } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

/** What a revocation names: a session, one token, or a membership. */
export type RevokedSubject = `sid:${string}` | `jti:${string}` | `mid:${string}`;

/** The list with its life cycle. Until `load` has resolved every token counts as revoked. */
export interface RevocationList extends Revocations {
  /** Reads what is still of force. Rejects when the database cannot be read. */
  load(): Promise<void>;
  isLoaded(): boolean;
  /** Forgets what no living token can rest on any more, here and in the table. */
  sweep(): Promise<void>;
}

/** What the list asks for. `entryLifeMs` is the longest life of any token plus the verifiers' leeway. */
export interface RevocationPorts {
  database: Pick<Database, 'read' | 'transact'>;
  clock: Clock;
  entryLifeMs: number;
}

/** Leeway of the verifiers (2 minutes at most), added to every entry. */
const LEEWAY_MS = 120_000;

/** How long an entry must live: as long as the longest token that may rest on what ended. */
export function revocationLifeMs(config: {
  accessTokenLife: number;
  connectionTokenLife: number;
  connectionLife: number;
}): number {
  return Math.max(config.accessTokenLife, config.connectionTokenLife, config.connectionLife) * 1_000 + LEEWAY_MS;
}

/** Records an ended right in the transaction that ends it; call `Revocations.add` after the commit. */
export async function recordRevocation(
  query: Transaction<Tables>,
  subject: RevokedSubject | `uv:${string}`,
  expiresAt: number,
): Promise<void> {
  await query
    .insertInto('revocations')
    .values({ subject, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet({ expires_at: expiresAt }))
    .execute();
}

/** Records that only tokens with `uv` of at least `epoch` are good; call `raiseEpoch` after the commit. */
export function recordEpoch(
  query: Transaction<Tables>,
  raised: { userId: string; epoch: number },
  expiresAt: number,
): Promise<void> {
  return recordRevocation(query, `uv:${raised.userId}:${raised.epoch}`, expiresAt);
}

interface Entries {
  sid: Map<string, number>;
  jti: Map<string, number>;
  mid: Map<string, number>;
  epochs: Map<string, { epoch: number; expiresAt: number }>;
}

function raise(entries: Entries, raised: { userId: string; epoch: number; expiresAt: number }): void {
  const known = entries.epochs.get(raised.userId);
  // Where two cut-offs meet, the stricter wins.
  const epoch = Math.max(raised.epoch, known?.epoch ?? 0);
  const expiresAt = Math.max(raised.expiresAt, known?.expiresAt ?? 0);
  entries.epochs.set(raised.userId, { epoch, expiresAt });
}

function enter(entries: Entries, subject: string, expiresAt: number): void {
  const [kind = '', id = '', epoch = ''] = subject.split(':', 3);
  if (kind === 'sid' || kind === 'jti' || kind === 'mid')
    entries[kind].set(id, Math.max(expiresAt, entries[kind].get(id) ?? 0));
  else if (kind === 'uv') raise(entries, { userId: id, epoch: Number(epoch), expiresAt });
}

function forgetExpired(entries: Entries, now: number): void {
  for (const map of [entries.sid, entries.jti, entries.mid])
    for (const [id, expiresAt] of map) if (expiresAt <= now) map.delete(id);
  for (const [id, { expiresAt }] of entries.epochs) if (expiresAt <= now) entries.epochs.delete(id);
}

/**
 * Makes the list. It grows with the rights that end and shrinks with time: an entry lives `entryLifeMs`, so its size is
 * the number of sign-outs and removals in that time.
 */
export function createRevocations(ports: RevocationPorts): RevocationList {
  const entries: Entries = { sid: new Map(), jti: new Map(), mid: new Map(), epochs: new Map() };
  const state = { isLoaded: false };
  return {
    isRevoked(claims) {
      if (!state.isLoaded) return true;
      if (claims.sid !== undefined && entries.sid.has(claims.sid)) return true;
      if (claims.jti !== undefined && entries.jti.has(claims.jti)) return true;
      if (claims.mid !== undefined && entries.mid.has(claims.mid)) return true;
      return claims.uv !== undefined && claims.uv < (entries.epochs.get(claims.sub)?.epoch ?? 0);
    },
    add: (subject, expiresAt) => enter(entries, subject, expiresAt),
    raiseEpoch: (userId, epoch) => raise(entries, { userId, epoch, expiresAt: ports.clock.now() + ports.entryLifeMs }),
    async load() {
      const rows = await ports.database.read
        .selectFrom('revocations')
        .selectAll()
        .where('expires_at', '>', ports.clock.now())
        .execute();
      for (const row of rows) enter(entries, row.subject, row.expires_at);
      state.isLoaded = true;
    },
    isLoaded: () => state.isLoaded,
    async sweep() {
      const now = ports.clock.now();
      forgetExpired(entries, now);
      await ports.database.transact((query) =>
        query.deleteFrom('revocations').where('expires_at', '<=', now).execute(),
      );
    },
  };
}
