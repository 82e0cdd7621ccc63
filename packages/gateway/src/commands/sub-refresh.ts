// Carries out `sub_refresh`: a new token for a subscription that lives on.
import { disconnects, replyErrors, subRefreshTypes } from '@parley/protocol';
import { refuse, refuseConnection } from '../operations/refusal.ts';
import { subscriptionTrace } from '../revocations/gate.ts';
import { expiryMs, isOver, ttlOf } from '../session/expiry.ts';
import { logRefusedToken } from './authenticate.ts';
import { fitsGrant } from './authorize-subscribe.ts';
import { openChannel } from './channel-gate.ts';
import type { Handler } from './outcome.ts';
import { track, untrack } from './track.ts';

/**
 * Moves the end of the subscription to that of the new token. Unlike Centrifugo 6.9, which lets an expired token make the
 * subscription permanent, an expired token is error 109.
 */
export const subRefresh: Handler<'sub_refresh'> = async (context, asking, request) => {
  const { channel, token, type } = request;
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  const { session, connected } = asking;
  const subscription = session.subscriptions.get(channel);
  if (subscription === undefined) return refuse(replyErrors.permissionDenied);
  if (type === subRefreshTypes.track) return track(context, asking, request);
  if (type === subRefreshTypes.untrack) return untrack(context, asking, request);
  if (type !== subRefreshTypes.token) return refuse(replyErrors.badRequest);
  if (opened.rules.options.sub_refresh_proxy_enabled) return refuseConnection(disconnects.badRequest);
  if (token === '') return refuse(replyErrors.badRequest);
  const answer = await context.tokens.subscription(token);
  if (!answer.ok) {
    logRefusedToken(context, { client: session.clientId, user: connected.user, channel }, answer);
    if (answer.problem === 'expired') return refuse(replyErrors.tokenExpired);
    if (answer.problem === 'unavailable') return refuse(replyErrors.internal);
    return refuseConnection(disconnects.invalidToken);
  }
  const { claims } = answer;
  if (!fitsGrant(asking, channel, claims)) return refuseConnection(disconnects.invalidToken);
  const now = context.clock.now();
  const expiresAt = expiryMs(claims.expireAt);
  if (isOver(expiresAt, now)) return refuse(replyErrors.expired);
  subscription.expiresAt = expiresAt;
  subscription.info = claims.info;
  subscription.token = subscriptionTrace(claims);
  return { ok: true, result: ttlOf(expiresAt, now) };
};
