// Decides the steps of becoming a subscriber, in the order that loses nothing; whether one may is decided before.
import {
  disconnects,
  replyErrors,
  type StreamPosition,
  type SubscribeResult,
  type WirePublication,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { chainPublications } from '../hub/delivery.ts';
import { isOver, ttlOf } from '../session/expiry.ts';
import { isRecovered, merge } from '../session/recovery.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { isWanted } from '../tags-filter.ts';
import { appear, listen } from './enter.ts';
import { abandon } from './leave.ts';
import { showInMaps } from './map-presence.ts';
import type { SubscriptionPlan } from './plan.ts';
import { endedMeanwhile, type Refusal, refuse, refuseConnection } from './refusal.ts';

/** A subscription whose reply has to be written before `startSubscription`. */
export type Subscribed =
  | { readonly ok: true; readonly result: SubscribeResult; readonly subscription: Subscription }
  | Refusal;

/**
 * Subscribes an established connection. From the first step on, publications of the channel are held, so that none falls between
 * the reading of history and the first delivery. On refusal and on failure nothing is left behind.
 */
export async function subscribe(
  context: GatewayContext,
  session: Session,
  plan: SubscriptionPlan,
): Promise<Subscribed> {
  const { traits, info, expiresAt } = plan;
  if (session.phase.name !== 'connected') return refuseConnection(disconnects.connectionClosed);
  if (session.subscriptions.has(traits.channel)) return refuse(replyErrors.alreadySubscribed);
  if (isOver(expiresAt, context.clock.now())) return refuse(replyErrors.expired);

  const subscription = new Subscription(session, traits, context.config.client.queue_max_size);
  subscription.info = info;
  subscription.token = plan.token;
  subscription.expiresAt = expiresAt;
  session.addSubscription(subscription);
  try {
    const joined = await join(context, session, { plan, subscription });
    if (!joined.ok) await abandon(context, session, subscription);
    return joined;
  } catch (error) {
    await abandon(context, session, subscription);
    throw error;
  }
}

/** Lets publications through and tells the others. To be called when the reply is queued. */
export async function startSubscription(
  context: GatewayContext,
  session: Session,
  subscription: Subscription,
): Promise<void> {
  const { established } = session;
  const { channel, emitsJoinLeave, presenceMaps } = subscription.traits;
  subscription.start();
  if (subscription.hasStarted) {
    context.metrics.subscribed(established?.counted.name ?? '', channel);
    context.hooks.subscriptionStarted(channel);
  }
  if (!subscription.isLive || established === undefined) return;
  if (emitsJoinLeave) await context.broker.publishJoin(channel, session.clientInfo(established, subscription));
  if (presenceMaps !== undefined) await showInMaps(context, session, subscription);
}

interface Joining {
  plan: SubscriptionPlan;
  subscription: Subscription;
}

async function join(context: GatewayContext, session: Session, { plan, subscription }: Joining): Promise<Subscribed> {
  const { isPositioned } = plan.traits;
  await listen(context, subscription);
  await appear(context, session, subscription);
  const stream = isPositioned ? await readStream(context, plan, subscription) : outsideOfStreams;
  if (subscription.isEnded) return endedMeanwhile;
  if (!stream.ok) return stream;
  if (stream.wasRecovering && !stream.recovered && plan.refusesUnrecovered === true) {
    return refuse(replyErrors.unrecoverablePosition);
  }
  const result: SubscribeResult = {
    recoverable: plan.traits.isRecoverable,
    positioned: isPositioned,
    epoch: stream.epoch,
    offset: stream.offset,
    recovered: stream.recovered,
    wasRecovering: stream.wasRecovering,
    publications: stream.publications,
    ...(plan.data === undefined ? {} : { data: plan.data }),
    ...(plan.traits.usesDelta ? { delta: true } : {}),
    // Where the backend is asked at the end, the client has nothing to do and is told nothing.
    ...(plan.traits.isRefreshedByBackend ? {} : ttlOf(plan.expiresAt, context.clock.now())),
  };
  return { ok: true, result, subscription };
}

type StreamStart = { ok: true; publications: readonly WirePublication[] } & Pick<
  SubscribeResult,
  'epoch' | 'offset' | 'recovered' | 'wasRecovering'
>;

const outsideOfStreams: StreamStart = {
  ok: true,
  publications: [],
  epoch: '',
  offset: 0,
  recovered: false,
  wasRecovering: false,
};

async function readStream(
  context: GatewayContext,
  plan: SubscriptionPlan,
  subscription: Subscription,
): Promise<StreamStart | Refusal> {
  const { isRecoverable, filter, usesDelta } = plan.traits;
  const wanted = isRecoverable ? plan.recover : undefined;
  const usesCache = isRecoverable && (plan.cache === 'always' || (plan.cache === 'on_demand' && wanted !== undefined));
  const stream = usesCache
    ? await readCache(context, plan, subscription)
    : await readMissed(context, { plan, subscription, wanted });
  if (!stream.ok) return stream;
  const { publications } = stream;
  if (stream.wasRecovering) {
    context.metrics.recovered(plan.traits.channel, stream.recovered, publications.length);
  }
  if (filter !== undefined) return { ...stream, publications: publications.filter((one) => isWanted(filter, one)) };
  if (!usesDelta || publications.length === 0) return stream;
  const chained = chainPublications(subscription.format.codec, publications.map(withoutEpoch));
  if (chained === undefined) return refuseConnection(disconnects.inappropriateProtocol);
  subscription.giveBase();
  return { ...stream, publications: chained };
}

function withoutEpoch({ epoch: _epoch, ...publication }: WirePublication): WirePublication {
  return publication;
}

/** Everything after the position that the client had, or nothing if not everything is there. */
async function readMissed(
  context: GatewayContext,
  { plan, subscription, wanted }: Joining & { wanted: StreamPosition | undefined },
): Promise<StreamStart | Refusal> {
  const { channel, metaTtlMs } = plan.traits;
  const limit = wanted === undefined ? 0 : context.config.client.recovery_max_publication_limit;
  const query = { limit, metaTtlMs, ...(wanted === undefined ? {} : { since: wanted }) };
  const { publications: stored, position: top } = await context.broker.history(channel, query);
  subscription.checkedAt = context.clock.now();
  if (wanted === undefined || !isRecovered({ wanted, stored, top })) {
    // What arrived after `top` was read is delivered after the reply, in order, and checked for gaps there.
    subscription.settle(top);
    return { ...outsideOfStreams, ...top, wasRecovering: wanted !== undefined };
  }
  const start = { offset: wanted.offset, epoch: top.epoch };
  const merged = merge(start, stored, subscription.arrivals);
  if (!merged.ok) return refuseConnection(disconnects.insufficientState);
  subscription.settle({ offset: merged.offset, epoch: top.epoch });
  return { ok: true, ...start, recovered: true, wasRecovering: true, publications: merged.publications };
}

/** The latest publication that the client wants, if the stream still has its latest and the client does not. */
async function readCache(
  context: GatewayContext,
  { traits, recover }: SubscriptionPlan,
  subscription: Subscription,
): Promise<StreamStart | Refusal> {
  const { channel, metaTtlMs, filter, usesDelta } = traits;
  const limit = filter === undefined ? 1 : context.config.client.recovery_max_publication_limit;
  const { publications: stored, position: top } = await context.broker.history(channel, {
    limit,
    metaTtlMs,
    reverse: true,
  });
  subscription.checkedAt = context.clock.now();
  const merged = merge(top, [], subscription.arrivals);
  if (!merged.ok) return refuseConnection(disconnects.insufficientState);
  const position = { offset: merged.offset, epoch: top.epoch };
  subscription.settle(position);
  const isThere = recover !== undefined && recover.offset === top.offset && recover.epoch === top.epoch;
  const hasLatest = stored[0]?.offset === top.offset && top.offset > 0;
  const latest = isThere ? undefined : stored.find((one) => isWanted(filter, one));
  const publications = [...(hasLatest && latest !== undefined ? [latest] : []), ...merged.publications];
  return {
    ok: true,
    ...position,
    recovered: isThere || hasLatest,
    wasRecovering: true,
    // With delta compression the chain has to be whole.
    publications: usesDelta || filter !== undefined ? publications : publications.slice(-1),
  };
}
