// States what a presence store guarantees: who is in a channel, over all nodes.
import type { WireClientInfo } from '@parley/protocol';

/** Numbers of a channel. The anonymous user counts as one user. */
export interface PresenceCounts {
  readonly clients: number;
  readonly users: number;
}

/** Presence. Each method may fail with an error when the store cannot be reached. */
export interface PresenceStore {
  /**
   * Adds a client or renews it; the info replaces the former one. A store that outlives its nodes forgets an entry that
   * was not renewed for a while.
   */
  add(channel: string, info: WireClientInfo): Promise<void>;
  /** Removes at once; a later `get` does not have it. Harmless if it was not there. */
  remove(channel: string, clientId: string): Promise<void>;
  /** Infos by client id. */
  get(channel: string): Promise<ReadonlyMap<string, WireClientInfo>>;
  count(channel: string): Promise<PresenceCounts>;
}
