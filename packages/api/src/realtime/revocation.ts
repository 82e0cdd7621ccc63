// Decides which tokens are dead before their time: a list in memory, recorded in the database, rebuilt at the start.
import type { Transaction } from 'kysely';
import type { Clock, Revocations } from '../context.ts';
import type { Tables } from '../db/schema.ts';
import type { Listening, RevocationRecord, RevocationStore } from './revocation-store.ts';

/** What a revocation names: a session, one token, or a membership. */
export type RevokedSubject = `sid:${string}` | `jti:${string}` | `mid:${string}`;

/** What another node has ended: a session, or all tokens of a person below an epoch. */
export type EndedElsewhere = { kind: 'session'; sessionId: string } | { kind: 'epoch'; userId: string; epoch: number };

/** The list with its life cycle. Until `load` has resolved every token counts as revoked. */
export interface RevocationList extends Revocations {
  /** Reads what is still of force. Rejects when the store cannot be read. */
  load(): Promise<void>;
  isLoaded(): boolean;
  /**
   * Takes over what other nodes record from now on; call it after `load`.
   *
   * @param onEnded called for each end that this node did not know of, after it has taken effect here
   */
  listen(onEnded: (ended: EndedElsewhere) => void): Listening;
  /** How many ended rights are remembered. */
  size(): number;
  /** Forgets what no living token can rest on any more, here and a day later in the table. */
  sweep(): Promise<void>;
}

/** What the list asks for. `entryLifeMs` is the longest life of any token plus the verifiers' leeway. */
export interface RevocationPorts {
  store: RevocationStore;
  clock: Clock;
  entryLifeMs: number;
}

/** Leeway of the verifiers (2 minutes at most), added to every entry. */
const LEEWAY_MS = 120_000;

/** Steps back of the clock by less than this are not looked at: entries are remembered as long beyond their end. */
const STEP_MS = 60_000;
/** How long the store keeps what has ended, for a clock that is set back. */
export const REVOCATION_KEEP_MS = 24 * 3_600_000;

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
    .onConflict((conflict) =>
      conflict
        .column('subject')
        .doUpdateSet((column) => ({ expires_at: expiresAt, position: column.ref('excluded.position') })),
    )
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

/** @returns whether the cut-off was raised by it */
function raise(entries: Entries, raised: { userId: string; epoch: number; expiresAt: number }): boolean {
  const known = entries.epochs.get(raised.userId);
  // Where two cut-offs meet, the stricter wins.
  const epoch = Math.max(raised.epoch, known?.epoch ?? 0);
  const expiresAt = Math.max(raised.expiresAt, known?.expiresAt ?? 0);
  entries.epochs.set(raised.userId, { epoch, expiresAt });
  return epoch !== known?.epoch;
}

/** @returns what ended by it, if it was not known and something may be open that rests on it */
function enter(entries: Entries, { subject, expiresAt }: RevocationRecord): EndedElsewhere | undefined {
  const [kind = '', id = '', epochText = ''] = subject.split(':', 3);
  if (kind === 'uv') {
    const epoch = Number(epochText);
    return raise(entries, { userId: id, epoch, expiresAt }) ? { kind: 'epoch', userId: id, epoch } : undefined;
  }
  if (kind !== 'sid' && kind !== 'jti' && kind !== 'mid') return undefined;
  const known = entries[kind].get(id);
  entries[kind].set(id, Math.max(expiresAt, known ?? 0));
  return kind === 'sid' && known === undefined ? { kind: 'session', sessionId: id } : undefined;
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
  // Whatever had expired at `forgottenAt` may be missing from the entries.
  const state: { position: number | undefined; forgottenAt: number; recalling: Promise<void> | undefined } = {
    position: undefined,
    forgottenAt: 0,
    recalling: undefined,
  };
  const load = async (): Promise<void> => {
    const now = ports.clock.now();
    const { records, position } = await ports.store.load(now);
    for (const record of records) enter(entries, record);
    Object.assign(state, { position, forgottenAt: now });
  };
  /** The clock was set back: what it calls living again may rest on what was forgotten. */
  const recall = (): Promise<void> => {
    state.recalling ??= load().finally(() => (state.recalling = undefined));
    return state.recalling;
  };
  return {
    isRevoked(claims) {
      if (state.position === undefined) return true;
      if (ports.clock.now() < state.forgottenAt - STEP_MS) {
        // The next sweep tries again, and says what is wrong.
        recall().catch(() => undefined);
        if (claims.exp !== undefined && claims.exp * 1_000 <= state.forgottenAt) return true;
      }
      if (claims.sid !== undefined && entries.sid.has(claims.sid)) return true;
      if (claims.jti !== undefined && entries.jti.has(claims.jti)) return true;
      if (claims.mid !== undefined && entries.mid.has(claims.mid)) return true;
      return claims.uv !== undefined && claims.uv < (entries.epochs.get(claims.sub)?.epoch ?? 0);
    },
    add(subject, expiresAt) {
      enter(entries, { subject, expiresAt });
    },
    raiseEpoch(userId, epoch) {
      raise(entries, { userId, epoch, expiresAt: ports.clock.now() + ports.entryLifeMs });
    },
    load,
    isLoaded: () => state.position !== undefined,
    listen(onEnded) {
      if (state.position === undefined) throw new TypeError('revocations are listened to after they were loaded');
      return ports.store.listen(state.position, (records) => {
        const ended = records.map((record) => enter(entries, record)).filter((end) => end !== undefined);
        for (const end of ended) onEnded(end);
      });
    },
    size: () => entries.sid.size + entries.jti.size + entries.mid.size + entries.epochs.size,
    async sweep() {
      const now = ports.clock.now();
      if (now < state.forgottenAt - STEP_MS) await recall();
      state.forgottenAt = now;
      forgetExpired(entries, now - STEP_MS);
      await ports.store.sweep(now - REVOCATION_KEEP_MS);
    },
  };
}
