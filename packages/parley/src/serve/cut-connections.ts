// Decides what a revoked key means for live connections: all of them are cut, and honest clients come back at once.
import type { ServerApi } from '@parley/protocol';

const pageSize = 1_000;

// The official client fetches a new token before it comes back.
const stateInvalidated = { code: 3014, reason: 'state invalidated' };

/**
 * Cuts every connection that is there now, on all nodes. Which of them came in with the key is not asked: whoever has a
 * key signs tokens that look like those of anybody.
 *
 * @returns how many were cut
 */
export async function cutConnections(serverApi: ServerApi): Promise<number> {
  const found: { user: string; client: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await serverApi.call('connections', { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    if (page.error !== undefined) throw new Error(`the gateway refused to list connections: ${page.error.message}`);
    found.push(...Object.values(page.result.connections).map(({ user, client }) => ({ user, client })));
    cursor = page.result.cursor;
  } while (cursor !== undefined);
  // All are known before the first is cut: those who come back meanwhile are not cut again.
  for (const { user, client } of found) {
    const reply = await serverApi.call('disconnect', { user, client, disconnect: stateInvalidated });
    if (reply.error !== undefined) throw new Error(`the gateway refused a disconnect: ${reply.error.message}`);
  }
  return found.length;
}
