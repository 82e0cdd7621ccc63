// Carries out `subscribe`: may this client have this channel, and with which traits.
import { disconnects, replyErrors, type SubscribeRequest, subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules, ChannelType } from '../namespaces.ts';
import { dropAbandoned } from '../operations/map-subscribe.ts';
import { planCache, planTraits, type SubscriptionPlan, type Wishes } from '../operations/plan.ts';
import { endedMeanwhile, type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { startSubscription, subscribe as subscribeSession } from '../operations/subscribe.ts';
import type { CatchUp } from '../session/catch-up.ts';
import { expiryMs } from '../session/expiry.ts';
import { compileTagsFilter, type TagsFilter } from '../tags-filter.ts';
import { authorizeSubscribe, type OpenedSubscribe } from './authorize-subscribe.ts';
import { openChannel } from './channel-gate.ts';
import type { Asking, Outcome } from './outcome.ts';
import { beginMap, checkFirstStep, continueMap } from './subscribe-map.ts';
import { joinPoll } from './subscribe-shared-poll.ts';

/** The bit of `flag` that asks for error 112 instead of `recovered: false`. */
const refusesUnrecovered = 2;

/** Subscribes the client that asks. */
export async function subscribe(
  context: GatewayContext,
  asking: Asking,
  request: SubscribeRequest,
): Promise<Outcome<'subscribe'>> {
  const { session } = asking;
  if (session.catchUps.size > 0) await dropAbandoned(context, session, request.channel);
  const catchUp = session.catchUps.get(request.channel);
  const refused = checkRequest(context, asking, { request, catchUp });
  if (refused !== undefined) return refused;
  const opened = openChannel(context, request.channel);
  if (!opened.ok) return opened;
  const { rules } = opened;
  const mismatch = checkType(rules, request);
  if (mismatch !== undefined) return mismatch;
  if (catchUp !== undefined) return continueMap(context, asking, { request, rules, catchUp });
  const misstep = rules.map === undefined ? undefined : checkFirstStep(rules, request);
  if (misstep !== undefined) return misstep;
  return begin(context, asking, { request, rules });
}

function checkRequest(
  { config }: GatewayContext,
  { session }: Asking,
  { request: { channel, delta }, catchUp }: { request: SubscribeRequest; catchUp: CatchUp | undefined },
): Refusal | undefined {
  if (channel === '') return refuseConnection(disconnects.badRequest);
  if (delta !== '' && delta !== 'fossil') return refuseConnection(disconnects.badRequest);
  if (Buffer.byteLength(channel) > config.channel.max_length) return refuse(replyErrors.badRequest);
  if (catchUp !== undefined) return undefined;
  if (session.subscriptions.has(channel) || session.reserved.has(channel)) return refuse(replyErrors.alreadySubscribed);
  const channels = session.subscriptions.size + session.reserved.size;
  if (channels >= config.client.channel_limit) return refuse(replyErrors.limitExceeded);
  return undefined;
}

const typeNumbers: Readonly<Record<ChannelType, number>> = {
  stream: subscriptionTypes.stream,
  map: subscriptionTypes.map,
  map_clients: subscriptionTypes.mapClients,
  map_users: subscriptionTypes.mapUsers,
  shared_poll: subscriptionTypes.sharedPoll,
};

function checkType(rules: ChannelRules, { type }: SubscribeRequest): Refusal | undefined {
  if (type === typeNumbers[rules.type]) return undefined;
  if (rules.type === 'shared_poll') return refuse(replyErrors.badRequest);
  return refuse(type === subscriptionTypes.sharedPoll ? replyErrors.notAvailable : replyErrors.permissionDenied);
}

/** Decides whether the client may have the channel, and takes the first step. */
async function begin(context: GatewayContext, asking: Asking, opened: OpenedSubscribe): Promise<Outcome<'subscribe'>> {
  const { session } = asking;
  const { channel } = opened.request;
  let outcome: Promise<Outcome<'subscribe'>>;
  session.reserve(channel);
  try {
    const planned = await plan(context, asking, opened);
    if (!planned.ok) return planned;
    // The backend took the client out while it was asked: what it said may have been said before.
    if (!session.reserved.has(channel)) return endedMeanwhile;
    const { token } = planned.plan;
    // What was revoked since the token was read did not find this subscription.
    if (token !== undefined && context.revocations.isRevoked(token, context.clock.now())) {
      return refuse(replyErrors.permissionDenied);
    }
    // Takes the channel at once, so that nothing comes between.
    outcome = takeOf(opened.rules)(context, asking, { ...opened, plan: planned.plan });
  } finally {
    session.release(channel);
  }
  return outcome;
}

function takeOf({ type, map }: ChannelRules): typeof beginMap {
  if (type === 'shared_poll') return joinPoll;
  return map === undefined ? join : beginMap;
}

async function join(
  context: GatewayContext,
  { session }: Asking,
  { plan: planned }: { plan: SubscriptionPlan },
): Promise<Outcome<'subscribe'>> {
  const subscribed = await subscribeSession(context, session, planned);
  if (!subscribed.ok) return subscribed;
  const { result, subscription } = subscribed;
  const isVoid = () => subscription.isEnded;
  return { ok: true, result, isVoid, after: () => startSubscription(context, session, subscription) };
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
  return { ok: true, plan: made };
}

function readFilter(
  { options }: ChannelRules,
  { tf }: SubscribeRequest,
): { ok: true; filter: TagsFilter | undefined } | Refusal {
  if (tf === undefined) return { ok: true, filter: undefined };
  const filter = options.allow_tags_filter ? compileTagsFilter(tf) : undefined;
  return filter === undefined ? refuse(replyErrors.badRequest) : { ok: true, filter };
}
