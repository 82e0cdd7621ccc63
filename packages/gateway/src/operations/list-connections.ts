// Decides what is told about the connections of this node, page by page; never a token.
import type { ConnectionInfo } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ConnectionsQuery, FoundConnection } from '../engine/nodes.ts';
import type { Connected, Session } from '../session/session.ts';

/** Connections in the order in which they came, after the one with the number `after`. */
export function listConnections(
  { connections }: Pick<GatewayContext, 'connections'>,
  { user, channel, after, limit, withChannels }: ConnectionsQuery,
): FoundConnection[] {
  const found: FoundConnection[] = [];
  for (const session of user === undefined ? connections.all() : connections.ofUser(user)) {
    const { established } = session;
    if (established === undefined || established.number <= after) continue;
    if (channel !== undefined && session.subscriptions.get(channel)?.isLive !== true) continue;
    found.push({ number: established.number, info: describe(session, established, withChannels) });
    if (found.length === limit) break;
  }
  return found;
}

function describe(session: Session, connected: Connected, withChannels: boolean): ConnectionInfo {
  const { transport, clientId, subscriptions } = session;
  const { user, appName, appVersion, token, expiresAt, connectedAt } = connected;
  return {
    client: clientId,
    user,
    transport: transport.name,
    protocol: transport.format.codec.name,
    ...(appName === '' ? {} : { app_name: appName }),
    ...(appVersion === '' ? {} : { app_version: appVersion }),
    connected_at: Math.floor(connectedAt / 1000),
    ...(expiresAt === undefined ? {} : { expire_at: Math.floor(expiresAt / 1000) }),
    ...(token?.id === undefined ? {} : { token_uid: token.id }),
    ...(token?.issuedAt === undefined ? {} : { token_issued_at: token.issuedAt }),
    num_channels: subscriptions.size,
    ...(withChannels ? { channels: [...subscriptions.keys()] } : {}),
  };
}
