// Decides how the backend moves or ends the life of a connection.
import { disconnects, type RawParams } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { expiryMs, isOver, ttlOf } from '../session/expiry.ts';
import type { Session } from '../session/session.ts';
import { scheduleNext } from './attend.ts';
import { disconnect } from './disconnect.ts';

/** Sets a new end and tells the client, or ends the connection at once if it is to be over. */
export async function refreshByServer(
  context: GatewayContext,
  session: Session,
  params: Omit<RawParams<'refresh'>, 'user'>,
): Promise<void> {
  const { phase } = session;
  if (phase.name !== 'connected') return;
  const now = context.clock.now();
  const expiresAt = expiryMs(params.expire_at);
  if (params.expired === true || isOver(expiresAt, now)) {
    await disconnect(context, session, disconnects.expired);
    return;
  }
  phase.expiresAt = expiresAt;
  if (params.info !== undefined) phase.info = params.info;
  scheduleNext(context, session);
  // A client that does not refresh by itself must not begin to.
  const refresh = context.config.client.proxy.refresh.enabled ? {} : ttlOf(expiresAt, now);
  session.pushOwn({ name: 'refresh', refresh });
}
