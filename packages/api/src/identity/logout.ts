// Decides how a person ends a session: by its access token, or by its refresh token when that has run out.
import type { ClientKind } from '@parley/contract';
import type { SessionRow } from '../db/schema.ts';
import type { IdentityPorts } from './ports.ts';
import { isSecret, parseRefreshToken } from './refresh-token.ts';
import { announceEnded, endSession, lockSession } from './sessions.ts';

/** Ends a session at once, with its tokens and live connections. An ended or unknown one is no fault. */
export async function endById(ports: IdentityPorts, sessionId: string): Promise<void> {
  const ended = await ports.database.transact(async (query) => {
    const session = await lockSession(query, ports.database.dialect, sessionId);
    return session === undefined ? undefined : endSession(query, ports, { session, reason: 'logout' });
  });
  if (ended !== undefined) announceEnded(ports, [ended]);
}

/** Ends the session of a refresh token of any generation. Unknown tokens are no fault (RFC 7009). */
export async function endByRefreshToken(
  ports: IdentityPorts,
  presented: { token: string; client: ClientKind },
): Promise<void> {
  const session = await findSession(ports, presented);
  if (session !== undefined) await endById(ports, session.id);
}

async function findSession(
  ports: IdentityPorts,
  presented: { token: string; client: ClientKind },
): Promise<Pick<SessionRow, 'id'> | undefined> {
  const parsed = parseRefreshToken(presented.token);
  if (parsed === undefined) return undefined;
  const row = await ports.database.read
    .selectFrom('refresh_tokens')
    .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .select(['sessions.id', 'refresh_tokens.secret_hash'])
    .where('refresh_tokens.id', '=', parsed.id)
    .where('sessions.client', '=', presented.client)
    .executeTakeFirst();
  return row !== undefined && isSecret(parsed.secret, row.secret_hash) ? { id: row.id } : undefined;
}
