// Carries out `publish` into a map: may this client set or remove this key.
import { type PublishRequest, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { type MapChannel, removeKey, setKey } from '../operations/map-write.ts';
import { refuse } from '../operations/refusal.ts';
import { type Asker, mayPublishKey, mayRemoveKey } from '../permissions.ts';
import type { Asking, Outcome } from './outcome.ts';

/** Sets or removes a key in the name of the client that asks. */
export async function publishMap(
  context: GatewayContext,
  asking: Asking,
  { request, target, asker }: { request: PublishRequest; target: MapChannel; asker: Asker },
): Promise<Outcome<'publish'>> {
  const { removed, data } = request;
  const { session, connected } = asking;
  const isAllowed = removed ? mayRemoveKey(target.rules, asker) : mayPublishKey(target.rules, asker);
  if (!isAllowed) return refuse(replyErrors.permissionDenied);
  const key = keyOf(target, asking, request.key);
  if (key === undefined) return refuse(replyErrors.permissionDenied);
  const info = session.clientInfo(connected, session.subscriptions.get(target.channel));
  const entry = data === undefined ? { key, info } : { key, data, info };
  const written = await (removed
    ? removeKey(context, target, { key, settings: {} })
    : setKey(context, target, { entry, settings: {} }));
  return written.ok ? { ok: true, result: {} } : refuse(written.error);
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
