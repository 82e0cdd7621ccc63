// Decides how a subscription ends, for any reason: this is the only way out of a channel.
import type { Unsubscribe } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Ended } from '../hooks/hooks.ts';
import type { Connected, Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { hideInMaps } from './map-presence.ts';

type Ports = Pick<
  GatewayContext,
  'hub' | 'broker' | 'mapBroker' | 'namespaces' | 'presence' | 'polls' | 'hooks' | 'metrics'
>;

/** Takes back a subscription that came to nothing. One that has taken its place stays. */
export async function abandon(context: Ports, session: Session, subscription: Subscription): Promise<void> {
  const { channel } = subscription.traits;
  if (session.subscriptions.get(channel) === subscription) await leave(context, session, channel);
}

/**
 * Takes a session out of a channel: no more deliveries from the moment of the call; then presence, the broker's subscription, the
 * client's keys in maps and the leave message, of which each is tried even if another fails.
 *
 * @param push told to the client, if given
 * @returns false if the session was not in the channel
 */
export async function leave(context: Ports, session: Session, channel: string, push?: Unsubscribe): Promise<boolean> {
  const subscription = session.subscriptions.get(channel);
  if (subscription === undefined) {
    // A subscribe that is being decided comes to nothing.
    session.release(channel);
    return false;
  }
  const { traits, hasStarted } = subscription;
  const { established } = session;
  session.removeSubscription(channel);
  subscription.end();
  context.polls.leave(channel, subscription);
  const isLast = context.hub.remove(channel, subscription);
  if (hasStarted) context.metrics.unsubscribed(established?.counted.name ?? '', channel, push?.code);
  if (push !== undefined) session.pushOwn({ name: 'unsubscribe', channel, unsubscribe: push });

  if (hasStarted && established !== undefined) {
    const byItself = session.phase.name === 'closed' ? unsubscribeReasons.disconnected : unsubscribeReasons.asked;
    context.hooks.subscriptionEnded(describeEnded(session, established), channel, push ?? byItself);
  }
  const work: Promise<unknown>[] = [];
  if (traits.hasPresence) work.push(context.presence.remove(channel, session.clientId));
  if (isLast) work.push(context.broker.unsubscribe(channel));
  if (traits.map !== undefined) {
    const { map, removesClientKey } = traits;
    if (isLast) work.push(context.mapBroker.unsubscribe(channel));
    if (removesClientKey === true) work.push(context.mapBroker.remove(channel, session.clientId, { map }));
  }
  if (traits.presenceMaps !== undefined && hasStarted) work.push(hideInMaps(context, session, subscription));
  if (traits.emitsJoinLeave && hasStarted && established !== undefined) {
    work.push(context.broker.publishLeave(channel, session.clientInfo(established, subscription)));
  }
  await Promise.all(work);
  return true;
}

// These two codes never reach a client.
const unsubscribeReasons = {
  asked: { code: 0, reason: 'unsubscribed' },
  disconnected: { code: 1, reason: 'disconnected' },
} as const;

/** What the application is told of who left. */
export function describeEnded({ clientId, transport, format }: Session, { user, meta }: Connected): Ended {
  return { client: clientId, user, transport: transport.name, protocol: format.codec.name, meta };
}
