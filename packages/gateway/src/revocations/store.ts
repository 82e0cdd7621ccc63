// States where revocations are kept, and keeps them in memory.
import { concerns, type Revocation, type TokenTrace } from './revocation.ts';

/** Revocations that count now, of the whole server. */
export interface Revocations {
  /**
   * Keeps one until it expires, also for nodes that start later. Each node knows it before it does what it is asked after this has
   * resolved. Resolves with false if there is no room: then nothing was kept.
   */
  add(revocation: Revocation): Promise<boolean>;
  isRevoked(token: TokenTrace, nowMs: number): boolean;
}

/** Revocations in the memory of one process. One too many is refused, so that none is lost without a word. */
export class MemoryRevocations implements Pick<Revocations, 'isRevoked'> {
  readonly #max: number;
  readonly #byKey = new Map<string, Revocation>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** All that are kept, in no order that matters. */
  all(): IterableIterator<Revocation> {
    return this.#byKey.values();
  }

  /** Keeps one until it expires. @returns false if there is no room: then nothing was kept */
  add(revocation: Revocation, nowMs: number): boolean {
    const key = keyOf(revocation);
    const known = this.#byKey.get(key);
    if (known === undefined && this.#byKey.size >= this.#max) this.#forget(nowMs);
    if (known === undefined && this.#byKey.size >= this.#max) return false;
    this.#byKey.set(key, known === undefined ? revocation : widest(known, revocation));
    return true;
  }

  isRevoked(token: TokenTrace, nowMs: number): boolean {
    if (this.#byKey.size === 0) return false;
    return keysFor(token).some((key) => {
      const revocation = this.#byKey.get(key);
      return revocation !== undefined && nowMs < revocation.expiresAt && concerns(revocation, token);
    });
  }

  #forget(nowMs: number): void {
    for (const [key, { expiresAt }] of this.#byKey) if (expiresAt <= nowMs) this.#byKey.delete(key);
  }
}

function keyOf(revocation: Revocation): string {
  return revocation.kind === 'token'
    ? JSON.stringify(['id', revocation.id])
    : JSON.stringify(['before', revocation.user ?? null, revocation.channel ?? null]);
}

function keysFor({ id, user, channel }: TokenTrace): string[] {
  const users = [user, null];
  const channels = channel === undefined ? [null] : [channel, null];
  const before = users.flatMap((one) => channels.map((other) => JSON.stringify(['before', one, other])));
  return id === undefined ? before : [JSON.stringify(['id', id]), ...before];
}

/** Both in one: what either revokes is revoked, as long as either counts. */
function widest(known: Revocation, added: Revocation): Revocation {
  const expiresAt = Math.max(known.expiresAt, added.expiresAt);
  if (known.kind === 'token' || added.kind === 'token') return { ...added, expiresAt };
  return { ...added, issuedBefore: Math.max(known.issuedBefore, added.issuedBefore), expiresAt };
}
