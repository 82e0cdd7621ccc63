// Carries out `refresh`: a new token for a connection that lives on.
import { disconnects, replyErrors } from '@parley/protocol';
import { scheduleNext } from '../operations/attend.ts';
import { refuse, refuseConnection } from '../operations/refusal.ts';
import { connectionTrace } from '../revocations/gate.ts';
import { expiryMs, isOver, ttlOf } from '../session/expiry.ts';
import { grantedSubs, logRefusedToken } from './authenticate.ts';
import type { Handler } from './outcome.ts';

/** Moves the end of the connection to that of the new token. */
export const refresh: Handler<'refresh'> = async (context, { session, connected }, { token }) => {
  const isRefreshedByBackend = context.config.client.proxy.refresh.enabled;
  if (token === '' || isRefreshedByBackend) return refuseConnection(disconnects.badRequest);
  const answer = await context.tokens.connection(token);
  if (!answer.ok) {
    logRefusedToken(context, { client: session.clientId, user: connected.user }, answer);
    if (answer.problem === 'unavailable') return refuse(replyErrors.internal);
    return refuseConnection(answer.problem === 'expired' ? disconnects.expired : disconnects.invalidToken);
  }
  const { claims } = answer;
  if (claims.user !== connected.user) return refuseConnection(disconnects.invalidToken);
  const now = context.clock.now();
  const expiresAt = context.config.client.insecure ? undefined : expiryMs(claims.expireAt);
  if (isOver(expiresAt, now)) return refuse(replyErrors.expired);
  const channels = Object.keys(grantedSubs(claims));
  const isSameSet =
    channels.length === connected.tokenChannels.length &&
    channels.every((name) => connected.tokenChannels.includes(name));
  // The client comes back and gets the right set.
  if (!isSameSet) return refuseConnection(disconnects.insufficientState);
  connected.expiresAt = expiresAt;
  connected.info = claims.info;
  connected.token = connectionTrace(claims);
  if (claims.meta !== undefined) connected.meta = claims.meta;
  scheduleNext(context, session);
  return { ok: true, result: ttlOf(expiresAt, now) };
};
