// Decides which channel names a command gets past before anything else is asked.
import { disconnects, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import type { Asker } from '../permissions.ts';
import type { Asking } from './outcome.ts';

/** The rules of a channel that a client named, or why it is refused: empty, no such namespace, not a valid name. */
export function openChannel(
  { namespaces }: Pick<GatewayContext, 'namespaces'>,
  channel: string,
): { ok: true; rules: ChannelRules } | Refusal {
  if (channel === '') return refuseConnection(disconnects.badRequest);
  const rules = namespaces(channel);
  if (rules === undefined) return refuse(replyErrors.unknownChannel);
  if (!rules.isNameValid) return refuse(replyErrors.badRequest);
  return { ok: true, rules };
}

/** Who asks, for the permissions of one channel. */
export function askerOf(
  { config }: Pick<GatewayContext, 'config'>,
  { session, connected }: Asking,
  channel: string,
): Asker {
  return {
    user: connected.user,
    isSubscribed: session.subscriptions.get(channel)?.isLive === true,
    isInsecure: config.client.insecure,
  };
}
