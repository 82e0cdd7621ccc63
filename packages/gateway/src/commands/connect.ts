// Carries out `connect`: who it is, which channels the server subscribes, and the first reply.
import { type ConnectRequest, disconnects, replyErrors, type SubscribeResult } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { firstTimes, scheduleNext } from '../operations/attend.ts';
import { planCache, planTraits, type SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { startSubscription, subscribe } from '../operations/subscribe.ts';
import { maySubscribe } from '../permissions.ts';
import { expiryMs, ttlOf } from '../session/expiry.ts';
import type { Connected, Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import type { Outcome } from './outcome.ts';

/** Establishes a connection. Whoever calls sets the phase `refused` if an error comes back. */
export async function connect(
  context: GatewayContext,
  session: Session,
  request: ConnectRequest,
): Promise<Outcome<'connect'>> {
  const credentials = await authenticate(context, session.clientId, request);
  if (session.phase.name === 'closed') return refuseConnection(disconnects.connectionClosed);
  if (!credentials.ok) return credentials;
  const planned = planSubscriptions(context, credentials, request);
  if (!planned.ok) return planned;
  const { user_connection_limit: limit, channel_limit: maxChannels } = context.config.client;
  if (planned.plans.length > maxChannels) return refuseConnection(disconnects.channelLimit);
  const isLimited = limit > 0 && credentials.user !== '';
  if (isLimited && context.connections.ofUser(credentials.user).size >= limit) {
    return refuseConnection(disconnects.connectionLimit);
  }
  // Registered before anything is awaited, so that a disconnect by the backend never misses it.
  const connected = establish(context, session, { credentials, request });
  return subscribeAll(context, { session, connected }, planned.plans);
}

function establish(
  context: GatewayContext,
  session: Session,
  { credentials, request }: { credentials: Credentials; request: ConnectRequest },
): Connected {
  const connected: Connected = {
    name: 'connected',
    user: credentials.user,
    info: credentials.info,
    meta: credentials.meta,
    expiresAt: credentials.expiresAt,
    tokenChannels: Object.keys(credentials.subs),
    afterReply: [],
    counted: context.metrics.connected(session.transport.name, request.name, request.version),
    ...firstTimes(context),
  };
  session.establish(connected);
  context.connections.add(connected.user, session);
  scheduleNext(context, session);
  return connected;
}

async function subscribeAll(
  context: GatewayContext,
  { session, connected }: { session: Session; connected: Connected },
  plans: readonly SubscriptionPlan[],
): Promise<Outcome<'connect'>> {
  const subs = new Map<string, SubscribeResult>();
  const subscriptions: Subscription[] = [];
  for (const plan of plans) {
    const subscribed = await subscribe(context, session, plan);
    if (session.phase.name === 'closed') return refuseConnection(disconnects.connectionClosed);
    if (!subscribed.ok) return subscribed;
    subs.set(plan.traits.channel, subscribed.result);
    subscriptions.push(subscribed.subscription);
  }
  const { client } = context.config;
  return {
    ok: true,
    result: {
      client: session.clientId,
      version: `${context.node.version} ${context.node.name}`,
      subs,
      ping: session.transport.pingsItself ? 0 : client.ping_interval / 1000,
      pong: client.ping_interval > 0 && !session.transport.pingsItself && !session.transport.isUnidirectional,
      ...namesOf(context, session),
      ...(client.connect_include_server_time ? { time: context.clock.now() } : {}),
      ...ttlOf(connected.expiresAt, context.clock.now()),
    },
    after: () => afterConnect(context, { session, connected }, subscriptions),
  };
}

function namesOf({ node }: GatewayContext, { transport }: Session): { session?: string; node?: string } {
  const { sessionId: session, isUnidirectional } = transport;
  if (session === undefined) return {};
  return isUnidirectional ? { session } : { session, node: node.id };
}

async function afterConnect(
  context: GatewayContext,
  { session, connected }: { session: Session; connected: Connected },
  subscriptions: readonly Subscription[],
): Promise<void> {
  const { clientId: client, transport } = session;
  const deferred = connected.afterReply ?? [];
  connected.afterReply = undefined;
  context.log.info({ client, user: connected.user, transport: transport.name }, 'connection established');
  for (const subscription of subscriptions) await startSubscription(context, session, subscription);
  for (const run of deferred) await run();
}

function planSubscriptions(
  context: GatewayContext,
  credentials: Credentials,
  request: ConnectRequest,
): { ok: true; plans: SubscriptionPlan[] } | Refusal {
  const plans = new Map<string, SubscriptionPlan>();
  const { channel_position_max_time_lag: maxLagMs } = context.config.client;
  const recoverOf = (channel: string) => {
    const wish = request.subs.get(channel);
    return wish?.recover === true ? wish.position : undefined;
  };
  for (const [channel, sub] of Object.entries(withPersonal(context, credentials))) {
    const rules = context.namespaces(channel);
    if (rules === undefined) return refuse(replyErrors.unknownChannel);
    if (rules.type !== 'stream') return refuse(replyErrors.badRequest);
    plans.set(channel, {
      traits: planTraits({
        channel,
        rules,
        origin: 'server',
        override: sub.override,
        wishes: deltaWish(request, channel),
        maxLagMs,
      }),
      info: sub.info,
      data: sub.data,
      expiresAt: expiryMs(sub.expireAt),
      cache: planCache(rules),
      recover: recoverOf(channel),
    });
  }
  const asker = { user: credentials.user, isInsecure: context.config.client.insecure };
  for (const [channel, { delta }] of request.subs) {
    if (plans.has(channel)) continue;
    const rules = context.namespaces(channel);
    if (rules === undefined) return refuseConnection(disconnects.badRequest);
    if (rules.type !== 'stream') continue;
    const isNameValid = rules.isNameValid && Buffer.byteLength(channel) <= context.config.channel.max_length;
    if (channel === '' || !isNameValid || !maySubscribe(rules, asker)) continue;
    const traits = planTraits({ channel, rules, origin: 'server', wishes: { delta }, maxLagMs });
    plans.set(channel, { traits, cache: planCache(rules), recover: recoverOf(channel) });
  }
  return { ok: true, plans: [...plans.values()] };
}

function deltaWish(request: ConnectRequest, channel: string): { delta: string } {
  return { delta: request.subs.get(channel)?.delta ?? '' };
}

function withPersonal({ config }: Pick<GatewayContext, 'config'>, { user, subs }: Credentials): Credentials['subs'] {
  const personal = config.client.subscribe_to_user_personal_channel;
  if (!personal.enabled || user === '') return subs;
  const { namespace_boundary: boundary, user_boundary: userBoundary } = config.channel;
  const namespace = personal.personal_channel_namespace;
  const channel = `${namespace === '' ? '' : namespace + boundary}${userBoundary}${user}`;
  return { [channel]: {}, ...subs };
}
