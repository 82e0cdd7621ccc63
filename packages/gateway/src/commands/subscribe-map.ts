// Carries out `subscribe` to a map: which steps a client may take, and in which order.
import { mapPhases, replyErrors, type SubscribeRequest } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { enterMap, stepIntoMap } from '../operations/map-subscribe.ts';
import type { SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import { startSubscription } from '../operations/subscribe.ts';
import type { CatchUp } from '../session/catch-up.ts';
import type { Asking, Outcome } from './outcome.ts';

/**
 * Why this cannot be the first step of a subscription to a map. Undefined: it can. Whoever goes on with what the server has given up
 * reads 112, with which clients start over; 103 would end their subscription.
 */
export function checkFirstStep({ map }: ChannelRules, request: SubscribeRequest): Refusal | undefined {
  switch (request.phase) {
    case mapPhases.state:
      return request.cursor === '' ? undefined : refuse(replyErrors.unrecoverablePosition);
    case mapPhases.stream:
      if (map?.hasStream !== true) return refuse(replyErrors.badRequest);
      return request.recover ? undefined : refuse(replyErrors.unrecoverablePosition);
    case mapPhases.live:
      return undefined;
    default:
      return refuse(replyErrors.badRequest);
  }
}

/** Takes the first step of a client that may have the channel. */
export async function beginMap(
  context: GatewayContext,
  asking: Asking,
  { request, rules, plan }: { request: SubscribeRequest; rules: ChannelRules; plan: SubscriptionPlan },
): Promise<Outcome<'subscribe'>> {
  const entered = await enterMap(context, asking.session, plan);
  if (!entered.ok) return entered;
  return step(context, asking, { request, rules, catchUp: entered.catchUp });
}

/** Takes a later step of a client that has begun. */
export async function continueMap(
  context: GatewayContext,
  asking: Asking,
  { request, rules, catchUp }: { request: SubscribeRequest; rules: ChannelRules; catchUp: CatchUp },
): Promise<Outcome<'subscribe'>> {
  const { phase, cursor } = request;
  if (phase === mapPhases.state && cursor === '') return refuse(replyErrors.alreadySubscribed);
  const isKnown = phase === mapPhases.state || phase === mapPhases.stream || phase === mapPhases.live;
  if (!isKnown || (phase === mapPhases.stream && rules.map?.hasStream !== true)) return refuse(replyErrors.badRequest);
  return step(context, asking, { request, rules, catchUp });
}

async function step(
  context: GatewayContext,
  { session }: Asking,
  { request, rules, catchUp }: { request: SubscribeRequest; rules: ChannelRules; catchUp: CatchUp },
): Promise<Outcome<'subscribe'>> {
  const { phase, cursor, position, recover } = request;
  const limit = pageSize(rules, request.limit);
  const stepped = await stepIntoMap(context, session, { catchUp, step: { phase, cursor, position, recover, limit } });
  if (!stepped.ok) return stepped;
  const { result, live } = stepped;
  const isVoid = () => catchUp.subscription.isEnded;
  return live === undefined
    ? { ok: true, result, isVoid }
    : { ok: true, result, isVoid, after: () => startSubscription(context, session, live) };
}

function pageSize({ options: { map } }: ChannelRules, wanted: number): number {
  if (wanted <= 0) return map.default_page_size;
  return Math.min(Math.max(wanted, map.min_page_size), map.max_page_size);
}
