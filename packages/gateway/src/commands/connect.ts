// Carries out `connect`: who it is, which channels the server subscribes, and the first reply.
import {
  type ConnectRequest,
  type ConnectResult,
  disconnects,
  type Payload,
  replyErrors,
  type SubscribeResult,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { firstTimes, scheduleNext } from '../operations/attend.ts';
import type { SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { endOthers } from '../operations/single-connection.ts';
import { startSubscription, subscribe } from '../operations/subscribe.ts';
import { ttlOf } from '../session/expiry.ts';
import type { Connected, Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { authenticate, type Connecting, type Credentials } from './authenticate.ts';
import type { Outcome } from './outcome.ts';
import { planServerSubscriptions } from './plan-server-subscriptions.ts';

/** Establishes a connection. Whoever calls sets the phase `refused` if an error comes back. */
export async function connect(
  context: GatewayContext,
  session: Session,
  request: ConnectRequest,
): Promise<Outcome<'connect'>> {
  const connecting = { request, emulatedHeaders: context.keepEmulatedHeaders(request.headers) };
  const credentials = await authenticate(context, session, connecting);
  if (session.phase.name === 'closed') return refuseConnection(disconnects.connectionClosed);
  if (!credentials.ok) return credentials;
  if (context.rateLimits?.allowsConnect(credentials.user) === false) {
    context.metrics.store.count('parley_rate_limited_total', 'connect');
    return refuse(replyErrors.tooManyRequests);
  }
  const planned = planServerSubscriptions(context, credentials, request);
  if (!planned.ok) return planned;
  const { user_connection_limit: limit, channel_limit: maxChannels } = context.config.client;
  if (planned.plans.length > maxChannels) return refuseConnection(disconnects.channelLimit);
  const isLimited = limit > 0 && credentials.user !== '';
  if (isLimited && context.connections.ofUser(credentials.user).size >= limit) {
    return refuseConnection(disconnects.connectionLimit);
  }
  const { token } = credentials;
  // What was revoked since the token was read did not find this connection.
  if (token !== undefined && context.revocations.isRevoked(token, context.clock.now())) {
    return refuseConnection(disconnects.invalidToken);
  }
  // Registered before anything is awaited, so that a disconnect by the backend never misses it.
  const connected = establish(context, session, { credentials, ...connecting });
  await endOthers(context, session, connected);
  const subscribed = await subscribeAll(context, session, planned.plans);
  if (!subscribed.ok) return subscribed;
  return {
    ok: true,
    result: { ...resultOf(context, session, connected), ...dataOf(credentials), subs: subscribed.subs },
    isVoid: () => subscribed.subscriptions.some(({ isEnded }) => isEnded),
    after: () => afterConnect(context, { session, connected }, subscribed.subscriptions),
  };
}

function establish(
  context: GatewayContext,
  session: Session,
  { credentials, request, emulatedHeaders }: Connecting & { credentials: Credentials },
): Connected {
  const connected: Connected = {
    name: 'connected',
    user: credentials.user,
    info: credentials.info,
    meta: credentials.meta,
    emulatedHeaders,
    expiresAt: credentials.expiresAt,
    isRefreshing: false,
    token: credentials.token,
    appName: request.name,
    appVersion: request.version,
    connectedAt: context.clock.now(),
    number: context.connections.nextNumber(),
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
  session: Session,
  plans: readonly SubscriptionPlan[],
): Promise<{ ok: true; subs: Map<string, SubscribeResult>; subscriptions: Subscription[] } | Refusal> {
  const subs = new Map<string, SubscribeResult>();
  const subscriptions: Subscription[] = [];
  for (const plan of plans) {
    const subscribed = await subscribe(context, session, plan);
    if (session.phase.name === 'closed') return refuseConnection(disconnects.connectionClosed);
    if (!subscribed.ok) return subscribed;
    subs.set(plan.traits.channel, subscribed.result);
    subscriptions.push(subscribed.subscription);
  }
  return { ok: true, subs, subscriptions };
}

function resultOf(
  { node, clock, config: { client } }: GatewayContext,
  { clientId, transport }: Session,
  connected: Connected,
): Omit<ConnectResult, 'subs'> {
  const now = clock.now();
  return {
    client: clientId,
    version: `${node.version} Parley`,
    ping: transport.pingsItself ? 0 : client.ping_interval / 1000,
    pong: client.ping_interval > 0 && client.pong_timeout > 0 && usesPongs(transport),
    ...namesOf(node.id, transport),
    ...(client.connect_include_server_time ? { time: now } : {}),
    // Where the backend is asked at the end, the client has nothing to do and is told nothing.
    ...(client.proxy.refresh.enabled ? {} : ttlOf(connected.expiresAt, now)),
  };
}

function usesPongs({ pingsItself, isUnidirectional }: Session['transport']): boolean {
  return !pingsItself && !isUnidirectional;
}

function dataOf({ data }: Credentials): { data?: Payload } {
  return data === undefined ? {} : { data };
}

function namesOf(
  node: string,
  { sessionId: session, isUnidirectional }: Session['transport'],
): { session?: string; node?: string } {
  if (session === undefined) return {};
  return isUnidirectional ? { session } : { session, node };
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
