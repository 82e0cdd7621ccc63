// Decides what the backend's word means when a connection or subscription is at its end.
import { BackendUnavailable, type BackendAnswer, type Renewal } from '../backend/backend.ts';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { expiryMs, isOver } from '../session/expiry.ts';
import type { Connected, Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { callerOf } from './caller.ts';

/** How it goes on: over, or until `expiresAt` (Unix milliseconds; undefined: for ever). */
type Renewed =
  | { readonly isOver: true }
  | ({ readonly isOver: false; readonly expiresAt: number | undefined } & Pick<Renewal, 'info' | 'meta'>);

/**
 * Asks how a connection goes on. While there is no answer it does not end; without one it lives a while longer.
 *
 * @returns false if it is over
 */
export async function renewConnection(
  context: GatewayContext,
  session: Session,
  connected: Connected,
): Promise<boolean> {
  connected.isRefreshing = true;
  try {
    const fields = { client: session.clientId, user: connected.user };
    const renewed = await renew(context, fields, context.backend.refresh('default', callerOf(session, connected)));
    if (renewed.isOver) return false;
    connected.expiresAt = renewed.expiresAt;
    if (renewed.info !== undefined) connected.info = renewed.info;
    if (renewed.meta !== undefined) connected.meta = renewed.meta;
    return true;
  } finally {
    connected.isRefreshing = false;
  }
}

/** Asks how a subscription goes on; as `renewConnection`. */
export async function renewSubscription(
  context: GatewayContext,
  session: Session,
  { connected, subscription }: { connected: Connected; subscription: Subscription },
): Promise<boolean> {
  const { channel } = subscription.traits;
  const proxy = context.namespaces(channel)?.options.sub_refresh_proxy_name ?? 'default';
  subscription.isRefreshing = true;
  try {
    const fields = { client: session.clientId, user: connected.user, channel };
    const call = { ...callerOf(session, connected), channel };
    const renewed = await renew(context, fields, context.backend.subRefresh(proxy, call));
    if (renewed.isOver) return false;
    subscription.expiresAt = renewed.expiresAt;
    if (renewed.info !== undefined) subscription.info = renewed.info;
    return true;
  } finally {
    subscription.isRefreshing = false;
  }
}

async function renew(
  { clock, log }: GatewayContext,
  fields: Record<string, unknown>,
  question: Promise<BackendAnswer<Renewal>>,
): Promise<Renewed> {
  const until = (): Renewed => ({ isOver: false, expiresAt: clock.now() + limits.backendGraceMs });
  try {
    const answer = await question;
    // Errors and disconnects are not meant for this question: they say no more than that there is no answer.
    if (!answer.ok) return until();
    const { result } = answer;
    const expiresAt = expiryMs(result?.expireAt);
    if (result === undefined || result.expired === true || isOver(expiresAt, clock.now())) return { isOver: true };
    return { ...result, isOver: false, expiresAt };
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) throw error;
    log.warn({ ...fields, reason: error.message }, 'the backend did not say how it goes on: asked again in a while');
    return until();
  }
}
