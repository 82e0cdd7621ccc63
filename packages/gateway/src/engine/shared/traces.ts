// Decides what a process that uses a shared engine would leave behind if it died now, and cleans it up when it has.
import type { WireClientInfo } from '@parley/protocol';
import type { MapPublishSettings, MapStorage, NewMapEntry } from '../map-broker.ts';
import type { SharedParts } from './messages.ts';

/** Who hears of a channel. */
export type Listeners<G> = Map<string, Set<G>>;

/** What one process brought in. */
export interface Traces {
  readonly channels: Set<string>;
  /** By channel, then by client. */
  readonly present: Map<string, Set<string>>;
  readonly joined: Map<string, Map<string, WireClientInfo>>;
  /** Keys that stand for its connections, by channel, with how the map is kept. */
  readonly keys: Map<string, Map<string, MapStorage>>;
}

/** Nothing yet. */
export function noTraces(): Traces {
  return { channels: new Set(), present: new Map(), joined: new Map(), keys: new Map() };
}

/** Remembers what a call of a process would leave behind. `what` is a part of the engine and its method, with a dot between. */
export function note<G extends Traces>(
  guest: G,
  listeners: Listeners<G>,
  { what, args }: { what: string; args: readonly unknown[] },
): void {
  const channel = String(args[0]);
  switch (what) {
    // A channel is of one kind, so that streams and maps share the listeners.
    case 'broker.subscribe':
    case 'mapBroker.subscribe':
      guest.channels.add(channel);
      entry(listeners, channel, () => new Set<G>()).add(guest);
      return;
    case 'broker.unsubscribe':
    case 'mapBroker.unsubscribe':
      guest.channels.delete(channel);
      stopListening(listeners, channel, guest);
      return;
    case 'mapBroker.publish':
      noteKey(guest, channel, args as [string, NewMapEntry, MapPublishSettings]);
      return;
    case 'mapBroker.remove':
      forget(guest.keys, channel, String(args[1]));
      return;
    case 'presence.add':
      entry(guest.present, channel, () => new Set<string>()).add((args[1] as WireClientInfo).client);
      return;
    case 'presence.remove':
      forget(guest.present, channel, String(args[1]));
      return;
    case 'broker.publishJoin': {
      const info = args[1] as WireClientInfo;
      entry(guest.joined, channel, () => new Map<string, WireClientInfo>()).set(info.client, info);
      return;
    }
    case 'broker.publishLeave':
      forget(guest.joined, channel, (args[1] as WireClientInfo).client);
      return;
    default:
  }
}

function noteKey(
  { keys }: Traces,
  channel: string,
  [, { key }, { endsWithNode, map }]: [string, NewMapEntry, MapPublishSettings],
): void {
  if (endsWithNode === true) entry(keys, channel, () => new Map<string, MapStorage>()).set(key, map);
}

/** Removes what a process that died has left in the engine; those who listen hear that its clients left. */
export async function cleanUp(
  { broker, mapBroker, presence }: Omit<SharedParts, 'revocations'>,
  guest: Traces,
): Promise<void> {
  for (const [channel, clients] of guest.present) {
    for (const client of clients) await presence.remove(channel, client);
  }
  for (const [channel, infos] of guest.joined) {
    for (const info of infos.values()) await broker.publishLeave(channel, info);
  }
  for (const [channel, keys] of guest.keys) {
    for (const [key, map] of keys) await mapBroker.remove(channel, key, { map });
  }
}

/** Takes a process out of a channel. */
export function stopListening<G>(listeners: Listeners<G>, channel: string, guest: G): void {
  const set = listeners.get(channel);
  set?.delete(guest);
  if (set?.size === 0) listeners.delete(channel);
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function forget(map: Map<string, Set<string> | Map<string, unknown>>, channel: string, client: string): void {
  const clients = map.get(channel);
  clients?.delete(client);
  if (clients?.size === 0) map.delete(channel);
}
