// Decides what ends on this node when tokens are revoked: connections and subscriptions that came in with them.
import { disconnects, unsubscribes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { concerns, type Revocation } from '../revocations/revocation.ts';
import type { Session } from '../session/session.ts';
import { disconnect } from './disconnect.ts';
import { leave } from './leave.ts';

/**
 * Ends what a revocation means. It is kept already, so that nobody comes in behind. Clients drop the token and ask their application
 * for another.
 */
export async function endRevoked(context: GatewayContext, revocation: Revocation): Promise<undefined> {
  const { connections } = context;
  const user = revocation.kind === 'token' ? undefined : revocation.user;
  const sessions = [...(user === undefined ? connections.all() : connections.ofUser(user))];
  for (let at = 0; at < sessions.length; at += limits.maxSessionsPerTurn) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    const part = sessions.slice(at, at + limits.maxSessionsPerTurn);
    await Promise.all(part.map((session) => endOne(context, session, revocation)));
  }
}

async function endOne(context: GatewayContext, session: Session, revocation: Revocation): Promise<void> {
  const { token } = session.established ?? {};
  if (token !== undefined && concerns(revocation, token)) {
    await disconnect(context, session, disconnects.stateInvalidated);
    return;
  }
  const revoked = Array.from(session.subscriptions).filter(
    ([, subscription]) => subscription.token !== undefined && concerns(revocation, subscription.token),
  );
  await Promise.all(revoked.map(([channel]) => leave(context, session, channel, unsubscribes.stateInvalidated)));
}
