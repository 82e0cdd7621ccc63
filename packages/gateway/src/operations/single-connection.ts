// Decides which connections end when a user may have one only: the older ones.
import { disconnects } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Connected, Session } from '../session/session.ts';
import { disconnect } from './disconnect.ts';

/** Ends all other connections of the user on this node with 3504, where the configuration wants that. */
export async function endOthers(context: GatewayContext, session: Session, { user }: Connected): Promise<void> {
  const { enabled, single_connection: isSingle } = context.config.client.subscribe_to_user_personal_channel;
  if (!enabled || !isSingle || user === '') return;
  const others = Array.from(context.connections.ofUser(user)).filter((other) => other !== session);
  await Promise.all(others.map((other) => disconnect(context, other, disconnects.connectionLimit)));
}
