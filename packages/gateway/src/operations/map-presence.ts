// Decides how subscriptions are shown in presence maps: a key for each client and for each user, kept alive by upkeep.
import type { GatewayContext } from '../context.ts';
import type { NewMapEntry } from '../engine/map-broker.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';

type Ports = Pick<GatewayContext, 'mapBroker' | 'namespaces'>;

/** Sets the keys of a live subscription, or keeps them alive. */
export async function showInMaps(ports: Ports, session: Session, subscription: Subscription): Promise<void> {
  const { presenceMaps } = subscription.traits;
  const { established } = session;
  if (presenceMaps === undefined || established === undefined) return;
  const { clients, users } = presenceMaps;
  if (clients !== undefined) {
    const info = session.clientInfo(established, subscription);
    await show(ports, clients, { entry: { key: session.clientId, info }, endsWithNode: true });
    // Whoever ended the subscription meanwhile may have removed the key before it was set; the next one may have set it again.
    const next = session.subscriptions.get(subscription.traits.channel);
    const isAway = subscription.isEnded && next?.traits.presenceMaps?.clients !== clients;
    if (isAway) await hideInMaps(ports, session, subscription);
  }
  if (users !== undefined && established.user !== '') {
    await show(ports, users, { entry: { key: established.user }, endsWithNode: false });
  }
}

/** Removes the key of the client; that of the user ends by itself, because the user may have other clients here. */
export async function hideInMaps(
  { mapBroker, namespaces }: Ports,
  { clientId }: Session,
  { traits }: Subscription,
): Promise<void> {
  const channel = traits.presenceMaps?.clients;
  const map = channel === undefined ? undefined : namespaces(channel)?.map;
  if (channel !== undefined && map !== undefined) await mapBroker.remove(channel, clientId, { map });
}

async function show(
  { mapBroker, namespaces }: Ports,
  channel: string,
  { entry, endsWithNode }: { entry: NewMapEntry; endsWithNode: boolean },
): Promise<void> {
  const map = namespaces(channel)?.map;
  // A map that is full shows those who are in it; the next upkeep tries again.
  if (map === undefined) return;
  await mapBroker.publish(channel, entry, { map, keyMode: 'if_new', renewsTtl: true, endsWithNode });
}
