// Carries out `presence` and `presence_stats`.
import { replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import { maySeePresence } from '../permissions.ts';
import { askerOf, openChannel } from './channel-gate.ts';
import type { Asking, Handler } from './outcome.ts';

/** Everyone in a channel. */
export const presence: Handler<'presence'> = async (context, asking, { channel }) => {
  const refused = checkPresence(context, asking, channel);
  if (refused !== undefined) return refused;
  return { ok: true, result: { presence: await context.presence.get(channel) } };
};

/** How many are in a channel. */
export const presenceStats: Handler<'presence_stats'> = async (context, asking, { channel }) => {
  const refused = checkPresence(context, asking, channel);
  if (refused !== undefined) return refused;
  const { clients, users } = await context.presence.count(channel);
  return { ok: true, result: { num_clients: clients, num_users: users } };
};

function checkPresence(context: GatewayContext, asking: Asking, channel: string): Refusal | undefined {
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  if (!opened.rules.options.presence) return refuse(replyErrors.notAvailable);
  const isAllowed = maySeePresence(opened.rules, askerOf(context, asking, channel));
  return isAllowed ? undefined : refuse(replyErrors.permissionDenied);
}
