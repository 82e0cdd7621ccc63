// Carries out `subscribe` to a shared poll: a subscription without a stream, in which keys are tracked later.
import { subscriptionTypes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import type { SubscriptionPlan } from '../operations/plan.ts';
import { endedMeanwhile } from '../operations/refusal.ts';
import { startSubscription, subscribe } from '../operations/subscribe.ts';
import type { Asking, Outcome } from './outcome.ts';

/** Subscribes to a shared poll; the epoch of the reply is that of its versions. */
export async function joinPoll(
  context: GatewayContext,
  { session }: Asking,
  { plan, rules }: { plan: SubscriptionPlan; rules: ChannelRules },
): Promise<Outcome<'subscribe'>> {
  const traits = { ...plan.traits, isPositioned: false, isRecoverable: false };
  const subscribed = await subscribe(context, session, { ...plan, traits });
  if (!subscribed.ok) return subscribed;
  const { result, subscription } = subscribed;
  // Who left before it was in the poll would stay there for ever.
  if (subscription.isEnded) return endedMeanwhile;
  const epoch = context.polls.join(traits.channel, subscription, rules.options.shared_poll);
  return {
    ok: true,
    result: { ...result, type: subscriptionTypes.sharedPoll, epoch },
    isVoid: () => subscription.isEnded,
    after: () => startSubscription(context, session, subscription),
  };
}
