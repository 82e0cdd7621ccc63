// Decides how a connection ends: what is still written, and what is cleaned up behind it.
import { type Disconnect, disconnects, flushesBefore } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Session } from '../session/session.ts';
import { describeEnded, leave } from './leave.ts';

/** Ends a connection with a code. Nothing happens if it has ended already. */
export async function disconnect(context: GatewayContext, session: Session, why: Disconnect): Promise<void> {
  if (session.phase.name === 'closed') return;
  session.writer.end({ flush: flushesBefore(why.code) });
  session.transport.close(why);
  context.metrics.ended(session.transport.name, why.code);
  context.log.info(
    { client: session.clientId, user: session.established?.user, code: why.code },
    `disconnected: ${why.reason}`,
  );
  await connectionEnded(context, session, why);
}

/** Cleans up behind a connection that is gone; without a reason the client, or the network, ended it. */
export async function connectionEnded(
  context: GatewayContext,
  session: Session,
  why: Disconnect = disconnects.connectionClosed,
): Promise<void> {
  const { phase } = session;
  if (phase.name === 'closed') return;
  session.writer.end({ flush: false });
  session.inbox.clear();
  context.wheel.cancel(session);
  if (phase.name === 'connected') {
    context.connections.remove(phase.user, session);
    context.metrics.disconnected(phase.counted);
  }
  session.phase = { name: 'closed' };
  const left = Promise.all(Array.from(session.subscriptions.keys(), (channel) => leave(context, session, channel)));
  if (phase.name === 'connected') context.hooks.connectionEnded(describeEnded(session, phase), why);
  await left;
}
