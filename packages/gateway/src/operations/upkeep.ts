// Decides what is looked after on every subscription from time to time: presence, expiry, and silent losses.
import { disconnects, unsubscribes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { background } from '../log.ts';
import { isOver } from '../session/expiry.ts';
import type { Connected, Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { disconnect } from './disconnect.ts';
import { appear } from './enter.ts';
import { leave } from './leave.ts';
import { showInMaps } from './map-presence.ts';
import { dropAbandoned } from './map-subscribe.ts';
import { renewSubscription } from './renew.ts';

/** Looks after every live subscription of a connection, one after another. */
export async function upkeep(context: GatewayContext, session: Session, connected: Connected): Promise<void> {
  if (session.catchUps.size > 0) await dropAbandoned(context, session);
  for (const subscription of session.subscriptions.values()) {
    if (!subscription.isLive) continue;
    await upkeepSubscription(context, session, { connected, subscription });
  }
}

/** Ends a subscription whose position is lost: the client comes back by itself and recovers. */
export async function endLost(context: GatewayContext, session: Session, subscription: Subscription): Promise<void> {
  const { origin, channel } = subscription.traits;
  context.metrics.store.count('parley_positions_lost_total', context.metrics.namespaceOf(channel));
  context.log.warn({ client: session.clientId, channel }, 'position lost');
  if (origin === 'server') await disconnect(context, session, disconnects.insufficientState);
  else await leave(context, session, channel, unsubscribes.insufficientState);
}

async function upkeepSubscription(
  context: GatewayContext,
  session: Session,
  { connected, subscription }: { connected: Connected; subscription: Subscription },
): Promise<void> {
  const { client } = context.config;
  const { isPositioned, isRefreshedByBackend, presenceMaps } = subscription.traits;
  const now = context.clock.now();
  if (isRefreshedByBackend) {
    const isDue = isOver(subscription.expiresAt, now) && !subscription.isRefreshing;
    // Not waited for: a slow backend holds nothing else up.
    if (isDue) background(context.log, renewOrEnd(context, session, { connected, subscription }));
  } else if (isOver(subscription.expiresAt, now - client.expired_sub_close_delay)) {
    await endExpired(context, session, subscription);
    return;
  }
  expireTracks(context, subscription, now);
  await appear(context, session, subscription);
  if (presenceMaps !== undefined) await showInMaps(context, session, subscription);
  const isCheckDue = now - subscription.checkedAt >= client.channel_position_check_delay;
  if (isPositioned && isCheckDue) await checkPosition(context, session, subscription);
}

/** Drops the keys of a shared poll that the client may track no more. */
function expireTracks({ polls, namespaces }: GatewayContext, subscription: Subscription, now: number): void {
  const { channel } = subscription.traits;
  const poll = polls.of(channel);
  if (poll === undefined) return;
  const delayMs = namespaces(channel)?.options.shared_poll.track_expired_extra_delay ?? 0;
  poll.expire(subscription, now - delayMs);
}

async function renewOrEnd(
  context: GatewayContext,
  session: Session,
  attended: { connected: Connected; subscription: Subscription },
): Promise<void> {
  const goesOn = await renewSubscription(context, session, attended);
  if (!goesOn && attended.subscription.isLive) await endExpired(context, session, attended.subscription);
}

async function endExpired(context: GatewayContext, session: Session, { traits }: Subscription): Promise<void> {
  const { channel, origin } = traits;
  context.log.info({ client: session.clientId, user: session.established?.user, channel }, 'subscription expired');
  if (origin === 'server') await disconnect(context, session, disconnects.subscriptionExpired);
  else await leave(context, session, channel, unsubscribes.expired);
}

async function checkPosition(context: GatewayContext, session: Session, subscription: Subscription): Promise<void> {
  const { channel, map, metaTtlMs } = subscription.traits;
  subscription.checkedAt = context.clock.now();
  const before = subscription.position;
  const { position: top } = await (map === undefined
    ? context.broker.history(channel, { limit: 0, metaTtlMs })
    : context.mapBroker.readStream(channel, { map, limit: 0 }));
  const { position } = subscription;
  // A publication that is on its way here makes the two differ for an instant: only a position that stands still is lost.
  const hasMoved = position.offset !== before.offset;
  const differs = position.offset !== top.offset || position.epoch !== top.epoch;
  if (subscription.isLive && !hasMoved && differs) await endLost(context, session, subscription);
}
