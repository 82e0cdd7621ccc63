// Carries out `subscribe` to a shared poll: a subscription without a stream, in which keys are tracked later.
import { replyErrors, subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import type { SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import { startSubscription, subscribe } from '../operations/subscribe.ts';
import type { Session } from '../session/session.ts';
import type { Outcome } from './outcome.ts';

/** Whether the kind of subscription fits the channel; only shared polls are looked at. */
export function checkPollType(rules: ChannelRules | undefined, type: number): Refusal | undefined {
  const isPoll = rules?.options.subscription_type === 'shared_poll';
  if (rules === undefined || isPoll === (type === subscriptionTypes.sharedPoll)) return undefined;
  return refuse(isPoll ? replyErrors.badRequest : replyErrors.notAvailable);
}

/** Subscribes to a shared poll; the epoch of the reply is that of its versions. */
export async function subscribeToPoll(
  context: GatewayContext,
  session: Session,
  { plan, rules }: { plan: SubscriptionPlan; rules: ChannelRules },
): Promise<Outcome<'subscribe'>> {
  const { polls } = context;
  if (polls === undefined) return refuse(replyErrors.notAvailable);
  const traits = { ...plan.traits, isPositioned: false, isRecoverable: false };
  const subscribed = await subscribe(context, session, { ...plan, traits });
  if (!subscribed.ok) return subscribed;
  const { result, subscription } = subscribed;
  if (subscription.isEnded) return refuse(replyErrors.permissionDenied);
  const epoch = polls.join(traits.channel, subscription, rules.options.shared_poll);
  return {
    ok: true,
    result: { ...result, type: subscriptionTypes.sharedPoll, epoch },
    after: () => startSubscription(context, session, subscription),
  };
}
