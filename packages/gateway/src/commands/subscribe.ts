// Carries out `subscribe`: may this client have this channel, and with which traits.
import { disconnects, replyErrors, type SubscribeRequest, subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules, ChannelType } from '../namespaces.ts';
import { dropAbandoned } from '../operations/map-subscribe.ts';
import { planCache, planTraits, type SubscriptionPlan, type Wishes } from '../operations/plan.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { startSubscription, subscribe as subscribeSession } from '../operations/subscribe.ts';
import { maySubscribe } from '../permissions.ts';
import type { CatchUp } from '../session/catch-up.ts';
import { expiryMs } from '../session/expiry.ts';
import { compileTagsFilter, type TagsFilter } from '../tags-filter.ts';
import type { SubscriptionGrant } from '../token-gate.ts';
import { logRefusedToken } from './authenticate.ts';
import { openChannel } from './channel-gate.ts';
import type { Asking, Outcome } from './outcome.ts';
import { beginMap, checkFirstStep, continueMap } from './subscribe-map.ts';

/** The bit of `flag` that asks for error 112 instead of `recovered: false`. */
const refusesUnrecovered = 2;

/** Subscribes the client that asks. */
export async function subscribe(
  context: GatewayContext,
  asking: Asking,
  request: SubscribeRequest,
): Promise<Outcome<'subscribe'>> {
  const { session } = asking;
  await dropAbandoned(context, session, request.channel);
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
  const authorized = await authorize(context, asking, { request, rules });
  if (!authorized.ok) return authorized;
  if (rules.map !== undefined) return beginMap(context, asking, { request, rules, plan: authorized.plan });
  const subscribed = await subscribeSession(context, session, authorized.plan);
  if (!subscribed.ok) return subscribed;
  const { result, subscription } = subscribed;
  return { ok: true, result, after: () => startSubscription(context, session, subscription) };
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
  if (session.subscriptions.has(channel)) return refuse(replyErrors.alreadySubscribed);
  if (session.subscriptions.size >= config.client.channel_limit) return refuse(replyErrors.limitExceeded);
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

async function authorize(
  context: GatewayContext,
  asking: Asking,
  { request, rules }: { request: SubscribeRequest; rules: ChannelRules },
): Promise<{ ok: true; plan: SubscriptionPlan } | Refusal> {
  const { connected } = asking;
  const { channel_position_max_time_lag: maxLagMs } = context.config.client;
  const asker = { user: connected.user, isInsecure: context.config.client.insecure };
  const filter = readFilter(rules, request);
  if (!filter.ok) return filter;
  const wishes: Wishes = { ...request, asker, filter: filter.filter };
  const grant = request.token === '' ? undefined : await readToken(context, asking, request);
  if (grant?.ok === false) return grant;
  if (grant === undefined && !maySubscribe(rules, asker)) return refuse(replyErrors.permissionDenied);
  const claims = grant?.claims;
  const plan: SubscriptionPlan = {
    traits: planTraits({
      channel: request.channel,
      rules,
      origin: 'client',
      override: claims?.override,
      wishes,
      maxLagMs,
    }),
    info: claims?.info,
    data: claims?.data,
    expiresAt: expiryMs(claims?.expireAt),
    cache: planCache(rules),
    recover: request.recover ? request.position : undefined,
    refusesUnrecovered: (request.flag & refusesUnrecovered) !== 0,
  };
  return { ok: true, plan };
}

function readFilter(
  { options }: ChannelRules,
  { tf }: SubscribeRequest,
): { ok: true; filter: TagsFilter | undefined } | Refusal {
  if (tf === undefined) return { ok: true, filter: undefined };
  const filter = options.allow_tags_filter ? compileTagsFilter(tf) : undefined;
  return filter === undefined ? refuse(replyErrors.badRequest) : { ok: true, filter };
}

async function readToken(
  context: GatewayContext,
  asking: Asking,
  request: SubscribeRequest,
): Promise<{ ok: true; claims: SubscriptionGrant } | Refusal> {
  const answer = await context.tokens.subscription(request.token);
  if (!answer.ok) {
    logRefusedToken(context, { client: asking.session.clientId, user: asking.connected.user }, answer);
    if (answer.problem === 'expired') return refuse(replyErrors.tokenExpired);
    return refuse(answer.problem === 'unavailable' ? replyErrors.internal : replyErrors.permissionDenied);
  }
  return fitsGrant(asking, request.channel, answer.claims) ? answer : refuseConnection(disconnects.invalidToken);
}

/** Whether a subscription token was made for this channel, this user and this client. */
export function fitsGrant({ session, connected }: Asking, channel: string, grant: SubscriptionGrant): boolean {
  const isForClient = grant.client === undefined || grant.client === '' || grant.client === session.clientId;
  return grant.channel === channel && grant.user === connected.user && isForClient;
}
