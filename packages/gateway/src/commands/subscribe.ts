// Carries out `subscribe`: may this client have this channel, and with which traits.
import { disconnects, replyErrors, type SubscribeRequest, subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { planCache, planTraits, type SubscriptionPlan, type Wishes } from '../operations/plan.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { startSubscription, subscribe as subscribeSession, type Subscribed } from '../operations/subscribe.ts';
import { expiryMs } from '../session/expiry.ts';
import { compileTagsFilter, type TagsFilter } from '../tags-filter.ts';
import { authorizeSubscribe, type OpenedSubscribe } from './authorize-subscribe.ts';
import { openChannel } from './channel-gate.ts';
import type { Asking, Outcome } from './outcome.ts';
import { checkPollType, joinPoll, planPoll } from './subscribe-shared-poll.ts';

/** The bit of `flag` that asks for error 112 instead of `recovered: false`. */
const refusesUnrecovered = 2;

/** Subscribes the client that asks. */
export async function subscribe(
  context: GatewayContext,
  asking: Asking,
  request: SubscribeRequest,
): Promise<Outcome<'subscribe'>> {
  const refused = checkRequest(context, asking, request);
  if (refused !== undefined) return refused;
  const opened = openChannel(context, request.channel);
  if (!opened.ok) return opened;
  const isPoll = request.type === subscriptionTypes.sharedPoll;
  if (request.type !== subscriptionTypes.stream && !isPoll) return refuse(replyErrors.permissionDenied);
  const { session } = asking;
  const { rules } = opened;
  const joined = await join(context, asking, { request, rules });
  const subscribed = isPoll && joined.ok ? joinPoll(context, joined, rules) : joined;
  if (!subscribed.ok) return subscribed;
  const { result, subscription } = subscribed;
  return { ok: true, result, after: () => startSubscription(context, session, subscription) };
}

function checkRequest(
  { config, namespaces }: GatewayContext,
  { session }: Asking,
  { channel, delta, type }: SubscribeRequest,
): Refusal | undefined {
  if (channel === '') return refuseConnection(disconnects.badRequest);
  const mistaken = checkPollType(namespaces(channel), type);
  if (mistaken !== undefined) return mistaken;
  if (delta !== '' && delta !== 'fossil') return refuseConnection(disconnects.badRequest);
  if (Buffer.byteLength(channel) > config.channel.max_length) return refuse(replyErrors.badRequest);
  if (session.subscriptions.has(channel) || session.reserved.has(channel)) return refuse(replyErrors.alreadySubscribed);
  const channels = session.subscriptions.size + session.reserved.size;
  if (channels >= config.client.channel_limit) return refuse(replyErrors.limitExceeded);
  return undefined;
}

async function join(context: GatewayContext, asking: Asking, opened: OpenedSubscribe): Promise<Subscribed> {
  const { session } = asking;
  const { channel } = opened.request;
  let joining: Promise<Subscribed>;
  session.reserve(channel);
  try {
    const planned = await plan(context, asking, opened);
    if (!planned.ok) return planned;
    // The backend took the client out while it was asked: what it said may have been said before. The client asks again.
    if (!session.reserved.has(channel)) return refuse(replyErrors.internal);
    const { token } = planned.plan;
    // What was revoked since the token was read did not find this subscription.
    if (token !== undefined && context.revocations.isRevoked(token, context.clock.now())) {
      return refuse(replyErrors.permissionDenied);
    }
    // Takes the channel at once, so that nothing comes between.
    joining = subscribeSession(context, session, planned.plan);
  } finally {
    session.release(channel);
  }
  return joining;
}

async function plan(
  context: GatewayContext,
  asking: Asking,
  { request, rules }: OpenedSubscribe,
): Promise<{ ok: true; plan: SubscriptionPlan } | Refusal> {
  const filter = readFilter(rules, request);
  if (!filter.ok) return filter;
  const authorized = await authorizeSubscribe(context, asking, { request, rules });
  if (!authorized.ok) return authorized;
  const { info, data, expireAt, override } = authorized.grant;
  const { client } = context.config;
  const wishes: Wishes = {
    ...request,
    asker: { user: asking.connected.user, isInsecure: client.insecure },
    filter: filter.filter,
  };
  const traits = planTraits({
    channel: request.channel,
    rules,
    origin: 'client',
    override,
    wishes,
    maxLagMs: client.channel_position_max_time_lag,
  });
  const made: SubscriptionPlan = {
    traits,
    token: authorized.token,
    info,
    data,
    expiresAt: expiryMs(expireAt),
    cache: planCache(rules),
    recover: request.recover ? request.position : undefined,
    refusesUnrecovered: (request.flag & refusesUnrecovered) !== 0,
  };
  return { ok: true, plan: request.type === subscriptionTypes.sharedPoll ? planPoll(made) : made };
}

function readFilter(
  { options }: ChannelRules,
  { tf }: SubscribeRequest,
): { ok: true; filter: TagsFilter | undefined } | Refusal {
  if (tf === undefined) return { ok: true, filter: undefined };
  const filter = options.allow_tags_filter ? compileTagsFilter(tf) : undefined;
  return filter === undefined ? refuse(replyErrors.badRequest) : { ok: true, filter };
}
