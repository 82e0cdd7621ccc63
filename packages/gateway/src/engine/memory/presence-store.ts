// Keeps presence in memory: exact, for one node; an entry ends when it is removed.
import type { WireClientInfo } from '@parley/protocol';
import type { PresenceStore } from '../presence-store.ts';

/** A presence store for one process. Bounded by its subscriptions: whoever leaves, for any reason, is removed. */
export function createMemoryPresenceStore(): PresenceStore {
  const channels = new Map<string, Map<string, WireClientInfo>>();
  return {
    add(channel, info) {
      const clients = channels.get(channel);
      if (clients === undefined) channels.set(channel, new Map([[info.client, info]]));
      else clients.set(info.client, info);
      return Promise.resolve();
    },
    remove(channel, clientId) {
      const clients = channels.get(channel);
      clients?.delete(clientId);
      if (clients?.size === 0) channels.delete(channel);
      return Promise.resolve();
    },
    get: (channel) => Promise.resolve(new Map(channels.get(channel))),
    count(channel) {
      const clients = channels.get(channel) ?? new Map<string, WireClientInfo>();
      const users = new Set(Array.from(clients.values(), ({ user }) => user));
      return Promise.resolve({ clients: clients.size, users: users.size });
    },
  };
}
