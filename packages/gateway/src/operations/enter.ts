// Decides how a subscription begins to be served: deliveries from the brokers, and presence.
import type { GatewayContext } from '../context.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';

/** From when this resolves, the subscription is given what is published. A second time changes nothing. */
export async function listen(
  { hub, broker, mapBroker }: Pick<GatewayContext, 'hub' | 'broker' | 'mapBroker'>,
  subscription: Subscription,
): Promise<void> {
  const { channel, map } = subscription.traits;
  hub.add(channel, subscription);
  // Both are asked before anything is waited for: whoever leaves meanwhile takes both back after that.
  await Promise.all([broker.subscribe(channel), ...(map === undefined ? [] : [mapBroker.subscribe(channel)])]);
}

/** Says that the client is present, if the channel keeps that. */
export async function appear(
  { presence }: Pick<GatewayContext, 'presence'>,
  session: Session,
  subscription: Subscription,
): Promise<void> {
  const { channel, hasPresence } = subscription.traits;
  const { established } = session;
  if (!hasPresence || established === undefined || subscription.isEnded) return;
  await presence.add(channel, session.clientInfo(established, subscription));
  // Whoever ended the subscription meanwhile may have removed presence before it was added; the next one may have added it again.
  const isAway = subscription.isEnded && session.subscriptions.get(channel)?.traits.hasPresence !== true;
  if (isAway) await presence.remove(channel, session.clientId);
}
