// Decides what `subscribe` means for a shared poll: a subscription without a stream, in which keys are tracked later.
import { replyErrors, subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import type { SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import type { Subscribed } from '../operations/subscribe.ts';

/** Whether the kind of subscription fits the channel; only shared polls are looked at. */
export function checkPollType(rules: ChannelRules | undefined, type: number): Refusal | undefined {
  const isPoll = rules?.options.subscription_type === 'shared_poll';
  if (rules === undefined || isPoll === (type === subscriptionTypes.sharedPoll)) return undefined;
  return refuse(isPoll ? replyErrors.badRequest : replyErrors.notAvailable);
}

/** The plan without what only streams have. */
export function planPoll(plan: SubscriptionPlan): SubscriptionPlan {
  return { ...plan, traits: { ...plan.traits, isPositioned: false, isRecoverable: false } };
}

/** Makes a subscription one of a poll; the epoch of the reply is that of the poll's versions. */
export function joinPoll(
  { polls }: Pick<GatewayContext, 'polls'>,
  subscribed: Extract<Subscribed, { ok: true }>,
  { options }: ChannelRules,
): Subscribed {
  const { result, subscription } = subscribed;
  // Who left before it was in the poll would stay there for ever.
  if (subscription.isEnded) return refuse(replyErrors.permissionDenied);
  const epoch = polls.join(subscription.traits.channel, subscription, options.shared_poll);
  return { ok: true, result: { ...result, type: subscriptionTypes.sharedPoll, epoch }, subscription };
}
