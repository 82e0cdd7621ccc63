// Decides which connections end when a user may have one only: the older ones.
import { disconnects } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Connected, Session } from '../session/session.ts';

/** Ends all other connections of the user with 3504, where the configuration wants that. */
export async function endOthers(
  { config, nodes }: Pick<GatewayContext, 'config' | 'nodes'>,
  { clientId }: Session,
  { user }: Connected,
): Promise<void> {
  const { enabled, single_connection: isSingle } = config.client.subscribe_to_user_personal_channel;
  if (!enabled || !isSingle || user === '') return;
  await nodes.all('disconnect', { user, disconnect: disconnects.connectionLimit, whitelist: [clientId] });
}
