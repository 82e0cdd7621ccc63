// Decides the steps of becoming a subscriber, in the order that loses nothing; whether one may is decided before.
import { disconnects, replyErrors, type SubscribeResult, type WirePublication } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { isOver, ttlOf } from '../session/expiry.ts';
import { isRecovered, merge } from '../session/recovery.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { leave } from './leave.ts';
import type { SubscriptionPlan } from './plan.ts';
import { type Refusal, refuse, refuseConnection } from './refusal.ts';

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
  if (session.subscriptions.has(traits.channel)) return refuse(replyErrors.alreadySubscribed);
  if (isOver(expiresAt, context.clock.now())) return refuse(replyErrors.expired);

  const subscription = new Subscription(session, traits, context.config.client.queue_max_size);
  subscription.info = info;
  subscription.expiresAt = expiresAt;
  session.addSubscription(subscription);
  context.hub.add(traits.channel, subscription);
  try {
    const joined = await join(context, session, { plan, subscription });
    if (!joined.ok) await leave(context, session, traits.channel);
    return joined;
  } catch (error) {
    await leave(context, session, traits.channel);
    throw error;
  }
}

/** Lets publications through and tells the others. To be called when the reply is queued. */
export async function startSubscription(
  context: GatewayContext,
  session: Session,
  subscription: Subscription,
): Promise<void> {
  subscription.start();
  const { established } = session;
  if (!subscription.isLive || !subscription.traits.emitsJoinLeave || established === undefined) return;
  await context.broker.publishJoin(subscription.traits.channel, session.clientInfo(established, subscription));
}

interface Joining {
  plan: SubscriptionPlan;
  subscription: Subscription;
}

async function join(context: GatewayContext, session: Session, { plan, subscription }: Joining): Promise<Subscribed> {
  const { channel, hasPresence, isPositioned } = plan.traits;
  const { established } = session;
  await context.broker.subscribe(channel);
  if (hasPresence && established !== undefined && !subscription.isEnded) {
    await context.presence.add(channel, session.clientInfo(established, subscription));
    // Whoever ended the subscription meanwhile may have removed presence before it was added.
    if (subscription.isEnded) await context.presence.remove(channel, session.clientId);
  }
  const stream = isPositioned ? await readStream(context, plan, subscription) : outsideOfStreams;
  if (subscription.isEnded) return refuse(replyErrors.permissionDenied);
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
    ...ttlOf(plan.expiresAt, context.clock.now()),
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
  const { channel, isRecoverable, metaTtlMs } = plan.traits;
  const wanted = isRecoverable ? plan.recover : undefined;
  const limit = wanted === undefined ? 0 : context.config.client.recovery_max_publication_limit;
  const query = { limit, metaTtlMs, ...(wanted === undefined ? {} : { since: wanted }) };
  const { publications: stored, position: top } = await context.broker.history(channel, query);
  subscription.checkedAt = context.clock.now();
  if (wanted === undefined || !isRecovered({ wanted, stored, top })) {
    if (wanted !== undefined) context.counters.recoveriesFailed += 1;
    // What arrived after `top` was read is delivered after the reply, in order, and checked for gaps there.
    subscription.settle(top);
    return { ...outsideOfStreams, ...top, wasRecovering: wanted !== undefined };
  }
  const start = { offset: wanted.offset, epoch: top.epoch };
  const merged = merge(start, stored, subscription.arrivals);
  if (!merged.ok) return refuseConnection(disconnects.insufficientState);
  context.counters.recoveriesOk += 1;
  subscription.settle({ offset: merged.offset, epoch: top.epoch });
  return { ok: true, ...start, recovered: true, wasRecovering: true, publications: merged.publications };
}
