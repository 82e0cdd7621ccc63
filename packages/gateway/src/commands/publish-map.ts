// Carries out `publish` into a map: may this client set or remove this key, and what does the backend make of it.
import { disconnects, type PublishRequest, replyErrors } from '@parley/protocol';
import type { MapPublishGrant } from '../backend/backend.ts';
import type { GatewayContext } from '../context.ts';
import { callerOf } from '../operations/caller.ts';
import { type MapChannel, type MapWriteResult, removeKey, setKey } from '../operations/map-write.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { type Asker, mayPublishKey, mayRemoveKey } from '../permissions.ts';
import type { Asking, Outcome } from './outcome.ts';

interface MapRequest {
  readonly request: PublishRequest;
  readonly target: MapChannel;
  readonly asker: Asker;
}

/** Sets or removes a key in the name of the client that asks. */
export async function publishMap(
  context: GatewayContext,
  asking: Asking,
  wanted: MapRequest,
): Promise<Outcome<'publish'>> {
  const written = await (wanted.request.removed ? remove(context, asking, wanted) : set(context, asking, wanted));
  if (!written.ok) return written;
  return { ok: true, result: {} };
}

async function set(
  context: GatewayContext,
  asking: Asking,
  { request, target, asker }: MapRequest,
): Promise<MapWriteResult | Refusal> {
  const granted = await grantKey(context, asking, { request, target, asker });
  if (!granted.ok) return granted;
  const { key = request.key, data = request.data, tags, ...settings } = granted.grant;
  const { session, connected } = asking;
  const isOwn = key === session.clientId && target.rules.options.map.remove_client_on_unsubscribe;
  // It left while the backend was asked: nobody would remove the key.
  if (isOwn && session.phase.name === 'closed') return refuseConnection(disconnects.connectionClosed);
  const subscription = session.subscriptions.get(target.channel);
  // Only who is subscribed leaves, and takes its key with it.
  const endsWithNode = isOwn && subscription?.traits.removesClientKey === true;
  const entry = {
    key,
    info: session.clientInfo(connected, subscription),
    ...(data === undefined ? {} : { data }),
    ...(tags === undefined ? {} : { tags }),
  };
  return setKey(context, target, { entry, settings: { ...settings, endsWithNode } });
}

async function grantKey(
  context: GatewayContext,
  asking: Asking,
  { request, target, asker }: MapRequest,
): Promise<{ readonly ok: true; readonly grant: MapPublishGrant } | Refusal> {
  const { map: options } = target.rules.options;
  if (!options.publish_proxy_enabled) {
    const key = mayPublishKey(target.rules, asker) ? keyOf(target, asking, request.key) : undefined;
    return key === undefined ? refuse(replyErrors.permissionDenied) : { ok: true, grant: { key } };
  }
  const { key, data } = request;
  const call = { ...callerOf(asking.session, asking.connected), channel: target.channel, key, data };
  const answer = await context.backend.mapPublish(options.publish_proxy_name, call);
  return answer.ok ? { ok: true, grant: answer.result ?? {} } : answer;
}

async function remove(
  context: GatewayContext,
  asking: Asking,
  { request, target, asker }: MapRequest,
): Promise<MapWriteResult | Refusal> {
  const { map: options } = target.rules.options;
  if (!options.remove_proxy_enabled) {
    const key = mayRemoveKey(target.rules, asker) ? keyOf(target, asking, request.key) : undefined;
    if (key === undefined) return refuse(replyErrors.permissionDenied);
    return removeKey(context, target, { key, settings: {} });
  }
  const call = { ...callerOf(asking.session, asking.connected), channel: target.channel, key: request.key };
  const answer = await context.backend.mapRemove(options.remove_proxy_name, call);
  if (!answer.ok) return answer;
  const { key = request.key, ...settings } = answer.result ?? {};
  return removeKey(context, target, { key, settings });
}

// Undefined: the channel wants the user's id as the key, and there is no user.
function keyOf({ rules }: MapChannel, { session, connected }: Asking, wanted: string): string | undefined {
  switch (rules.options.map.client_key) {
    case 'client_id':
      return session.clientId;
    case 'user_id':
      return connected.user === '' ? undefined : connected.user;
    case '':
      return wanted;
    default:
      return rules.options.map.client_key satisfies never;
  }
}
