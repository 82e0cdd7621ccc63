// Decides how connections are paged over all nodes: node after node, each in the order in which its connections came.
import type { ConnectionInfo, RawParams } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';

/** A page, and where the next one begins; undefined: there is none. */
export interface ConnectionsPage {
  readonly connections: Record<string, ConnectionInfo>;
  readonly cursor?: string;
}

/** Reads a page. Undefined: the cursor is none of ours. */
export async function readConnections(
  { nodes }: Pick<GatewayContext, 'nodes'>,
  { user, channel, cursor = '', limit = 0, with_channels: withChannels = false }: RawParams<'connections'>,
): Promise<ConnectionsPage | undefined> {
  const start = readCursor(cursor);
  if (start === undefined) return undefined;
  const most = withChannels ? limits.maxDetailedConnectionsPage : limits.maxConnectionsPage;
  const wanted = limit > 0 ? Math.min(limit, most) : limits.connectionsPage;
  const ids = (await nodes.all('info', {})).map(({ uid }) => uid).sort();
  const connections: Record<string, ConnectionInfo> = {};
  let count = 0;
  // A node that is gone has no connections to skip.
  for (const id of ids.filter((one) => one >= start.node)) {
    const after = id === start.node ? start.after : 0;
    const query = { user, channel, after, limit: wanted - count, withChannels };
    const found = (await nodes.one(id, 'connections', query))?.result ?? [];
    for (const { info } of found) connections[info.client] = info;
    count += found.length;
    const last = found.at(-1);
    if (count === wanted && last !== undefined) return { connections, cursor: `${id}.${last.number}` };
  }
  return { connections };
}

function readCursor(cursor: string): { node: string; after: number } | undefined {
  if (cursor === '') return { node: '', after: 0 };
  const [, node, after] = /^(.{1,64})\.(\d{1,15})$/.exec(cursor) ?? [];
  return node === undefined || after === undefined ? undefined : { node, after: Number(after) };
}
