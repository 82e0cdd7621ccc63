// Decides how a client gets into a map, step by step: pages of the state, pages of the stream, then live.
import { disconnects, mapPhases, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { CatchUp } from '../session/catch-up.ts';
import { isOver } from '../session/expiry.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { listen } from './enter.ts';
import { abandon, leave } from './leave.ts';
import { joinMap } from './map-live.ts';
import { readStateStep, readStreamStep } from './map-pages.ts';
import type { MapStep, MapStepInput, MapStepped } from './map-step.ts';
import type { SubscriptionPlan } from './plan.ts';
import { type Refusal, refuse, refuseConnection } from './refusal.ts';

/**
 * Takes the channel for a client that may have it, before its first step. A map without a stream is listened to from here on, because
 * there is nothing to read later what changed between two pages.
 */
export async function enterMap(
  context: GatewayContext,
  session: Session,
  { traits, token, info, data, expiresAt }: SubscriptionPlan,
): Promise<{ readonly ok: true; readonly catchUp: CatchUp } | Refusal> {
  const now = context.clock.now();
  if (session.phase.name !== 'connected') return refuseConnection(disconnects.connectionClosed);
  if (session.subscriptions.has(traits.channel)) return refuse(replyErrors.alreadySubscribed);
  if (isOver(expiresAt, now)) return refuse(replyErrors.expired);
  const subscription = new Subscription(session, traits, context.config.client.queue_max_size);
  subscription.token = token;
  subscription.info = info;
  subscription.expiresAt = expiresAt;
  const catchUp: CatchUp = {
    subscription,
    data,
    startedAt: now,
    isReading: false,
    start: undefined,
    target: undefined,
  };
  session.addCatchUp(catchUp);
  if (traits.map?.hasStream === false)
    await forgetOnFailure(context, session, { catchUp, run: () => listen(context, subscription) });
  return { ok: true, catchUp };
}

/** Carries out one step. After a refusal and after a failure nothing of the subscription is left. */
export async function stepIntoMap(
  context: GatewayContext,
  session: Session,
  { catchUp, step }: { catchUp: CatchUp; step: MapStep },
): Promise<MapStepped> {
  const { map } = catchUp.subscription.traits;
  if (map === undefined) throw new TypeError('a catch-up is of a map');
  if (isLate(context, catchUp)) {
    await abandon(context, session, catchUp.subscription);
    return refuseConnection(disconnects.slow);
  }
  catchUp.isReading = true;
  const stepped = await forgetOnFailure(context, session, {
    catchUp,
    run: () => carryOut(context, session, { catchUp, map, step }),
  });
  catchUp.isReading = false;
  const { subscription } = catchUp;
  if (!stepped.ok) await abandon(context, session, subscription);
  else if (stepped.live !== undefined) session.endCatchUp(subscription.traits.channel);
  return stepped;
}

/** Gives back channels of which a client began to read pages and did not go on; all but the one that it names now. */
export async function dropAbandoned(context: GatewayContext, session: Session, except?: string): Promise<void> {
  for (const [channel, catchUp] of session.catchUps) {
    if (channel !== except && !catchUp.isReading && isLate(context, catchUp)) await leave(context, session, channel);
  }
}

function carryOut(
  context: GatewayContext,
  session: Session,
  { catchUp, map, step }: MapStepInput,
): Promise<MapStepped> {
  if (step.phase === mapPhases.state) return readStateStep(context, session, { catchUp, map, step });
  // Between its pages a client says what it knows; another epoch is another map.
  if (catchUp.start !== undefined && step.position.epoch !== catchUp.start.epoch) {
    return Promise.resolve(refuse(replyErrors.unrecoverablePosition));
  }
  if (step.phase === mapPhases.stream) return readStreamStep(context, session, { catchUp, map, step });
  return joinMap(context, session, { catchUp, map, from: step.position, isRecovering: step.recover });
}

function isLate({ clock, namespaces }: GatewayContext, { subscription, startedAt }: CatchUp): boolean {
  const timeoutMs = namespaces(subscription.traits.channel)?.options.map.subscribe_catch_up_timeout ?? 0;
  return timeoutMs > 0 && clock.now() - startedAt > timeoutMs;
}

async function forgetOnFailure<T>(
  context: GatewayContext,
  session: Session,
  { catchUp, run }: { catchUp: CatchUp; run: () => Promise<T> },
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    await abandon(context, session, catchUp.subscription);
    throw error;
  }
}
