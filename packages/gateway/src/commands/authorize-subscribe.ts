// Decides whether a client may have a channel and on which terms: by its token, by the backend, or by the channel's options.
import { disconnects, replyErrors, type SubscribeRequest } from '@parley/protocol';
import type { SubscribeGrant } from '../backend/backend.ts';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { callerOf } from '../operations/caller.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { asksBackendToSubscribe, maySubscribe } from '../permissions.ts';
import { subscriptionTrace } from '../revocations/gate.ts';
import type { TokenTrace } from '../revocations/revocation.ts';
import type { SubscriptionGrant } from '../token-gate.ts';
import { logRefusedToken } from './authenticate.ts';
import type { Asking } from './outcome.ts';

/** A subscribe command with the rules of its channel. */
export interface OpenedSubscribe {
  readonly request: SubscribeRequest;
  readonly rules: ChannelRules;
}

/** The terms of a subscription, or why there is none. */
export type AuthorizedSubscribe =
  | { readonly ok: true; readonly grant: SubscribeGrant; readonly token?: TokenTrace }
  | Refusal;

/** Authorises a subscribe of any type. */
export async function authorizeSubscribe(
  context: GatewayContext,
  asking: Asking,
  opened: OpenedSubscribe,
): Promise<AuthorizedSubscribe> {
  const { request, rules } = opened;
  if (request.token !== '') return readToken(context, asking, request);
  if (asksBackendToSubscribe(rules)) return askBackend(context, asking, opened);
  const asker = { user: asking.connected.user, isInsecure: context.config.client.insecure };
  return maySubscribe(rules, asker) ? { ok: true, grant: {} } : refuse(replyErrors.permissionDenied);
}

async function readToken(
  context: GatewayContext,
  asking: Asking,
  request: SubscribeRequest,
): Promise<AuthorizedSubscribe> {
  const answer = await context.tokens.subscription(request.token);
  if (!answer.ok) {
    logRefusedToken(context, { client: asking.session.clientId, user: asking.connected.user }, answer);
    if (answer.problem === 'expired') return refuse(replyErrors.tokenExpired);
    return refuse(answer.problem === 'unavailable' ? replyErrors.internal : replyErrors.permissionDenied);
  }
  const { claims } = answer;
  return fitsGrant(asking, request.channel, claims)
    ? { ok: true, grant: claims, token: subscriptionTrace(claims) }
    : refuseConnection(disconnects.invalidToken);
}

async function askBackend(
  context: GatewayContext,
  { session, connected }: Asking,
  { request, rules }: OpenedSubscribe,
): Promise<AuthorizedSubscribe> {
  const { channel, token, data } = request;
  const call = { ...callerOf(session, connected), channel, token, data };
  const answer = await context.backend.subscribe(rules.options.subscribe_proxy_name, call);
  return answer.ok ? { ok: true, grant: answer.result ?? {} } : answer;
}

/** Whether a subscription token was made for this channel, this user and this client. */
export function fitsGrant({ session, connected }: Asking, channel: string, grant: SubscriptionGrant): boolean {
  const isForClient = grant.client === undefined || grant.client === '' || grant.client === session.clientId;
  return grant.channel === channel && grant.user === connected.user && isForClient;
}
