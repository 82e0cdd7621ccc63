// Decides how the backend subscribes a connection that lives: told by a push, then what it missed, then what comes.
import type { RawParams } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { expiryMs } from '../session/expiry.ts';
import type { Session } from '../session/session.ts';
import { planCache, planTraits } from './plan.ts';
import { startSubscription, subscribe } from './subscribe.ts';

/** What the backend asks for, with the channel's rules. */
export type ServerSubscription = RawParams<'subscribe'> & { rules: ChannelRules };

/** Adds a server-side subscription. A connection that is subscribed, or is full, stays as it is. */
export async function addServerSubscription(
  context: GatewayContext,
  session: Session,
  wanted: ServerSubscription,
): Promise<void> {
  const { established } = session;
  if (session.phase.name !== 'connected' || established === undefined) return;
  if (established.afterReply !== undefined) {
    // The client drops pushes that come before its connect reply.
    established.afterReply.push(() => addServerSubscription(context, session, wanted));
    return;
  }
  const { channel, rules } = wanted;
  if (session.subscriptions.size >= context.config.client.channel_limit) {
    context.log.warn({ client: session.clientId, channel }, 'not subscribed: channel limit');
    return;
  }
  const subscribed = await subscribe(context, session, {
    traits: planTraits({
      channel,
      rules,
      origin: 'server',
      override: wanted.override,
      maxLagMs: context.config.client.channel_position_max_time_lag,
    }),
    info: wanted.info,
    data: wanted.data,
    expiresAt: expiryMs(wanted.expire_at),
    cache: planCache(rules),
    recover: wanted.recover_since,
  });
  if (!subscribed.ok) {
    const why = subscribed.error?.message ?? subscribed.disconnect?.reason;
    context.log.debug({ client: session.clientId, channel }, `not subscribed: ${why}`);
    return;
  }
  const { result, subscription } = subscribed;
  // Whoever ended it meanwhile has told the client, which must not hear of it again.
  if (subscription.isEnded) return;
  session.pushOwn({ name: 'subscribe', channel, subscribe: result });
  for (const pub of result.publications) session.pushOwn({ name: 'pub', channel, pub });
  await startSubscription(context, session, subscription);
}
