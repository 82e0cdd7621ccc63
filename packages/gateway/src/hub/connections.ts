// Decides which connections of this node a user has, and finds one by its client id.

/** A connection as the registry sees it. */
export interface Connection {
  readonly clientId: string;
  readonly transport: { readonly sessionId: string | undefined };
}

/** Connections that are established, by client id and by user. User "" holds the anonymous ones. */
export class Connections<C extends Connection> {
  readonly #byClient = new Map<string, C>();
  readonly #byUser = new Map<string, Set<C>>();
  readonly #bySession = new Map<string, C>();

  #numbers = 0;

  /** A number that is higher than all that were given before. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  get count(): number {
    return this.#byClient.size;
  }

  get userCount(): number {
    return this.#byUser.size;
  }

  /** Established connections of one user. */
  ofUser(user: string): ReadonlySet<C> {
    return this.#byUser.get(user) ?? new Set();
  }

  /** The established connection that a session id names. */
  ofSession(sessionId: string): C | undefined {
    return this.#bySession.get(sessionId);
  }

  /** All established connections. */
  all(): IterableIterator<C> {
    return this.#byClient.values();
  }

  add(user: string, connection: C): void {
    this.#byClient.set(connection.clientId, connection);
    const { sessionId } = connection.transport;
    if (sessionId !== undefined) this.#bySession.set(sessionId, connection);
    const connections = this.#byUser.get(user);
    if (connections === undefined) this.#byUser.set(user, new Set([connection]));
    else connections.add(connection);
  }

  remove(user: string, connection: C): void {
    this.#byClient.delete(connection.clientId);
    const { sessionId } = connection.transport;
    if (sessionId !== undefined) this.#bySession.delete(sessionId);
    const connections = this.#byUser.get(user);
    connections?.delete(connection);
    if (connections?.size === 0) this.#byUser.delete(user);
  }
}
