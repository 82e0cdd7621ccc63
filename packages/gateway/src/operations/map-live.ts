// Decides how a client that has read a map goes live: from its position to the present without a hole.
import {
  disconnects,
  replyErrors,
  type StreamPosition,
  subscriptionTypes,
  type WirePublication,
} from '@parley/protocol';
import type { MapSettings } from '../config/map-settings.ts';
import type { GatewayContext } from '../context.ts';
import { chainPublications, isCleared } from '../hub/delivery.ts';
import type { CatchUp } from '../session/catch-up.ts';
import { ttlOf } from '../session/expiry.ts';
import { isRecovered, merge } from '../session/recovery.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { filterChanges } from '../tags-filter.ts';
import { appear, listen } from './enter.ts';
import type { MapStepped } from './map-step.ts';
import { endedMeanwhile, type Refusal, refuse, refuseConnection } from './refusal.ts';

/** What is needed to go live. */
export interface MapJoin {
  readonly catchUp: CatchUp;
  readonly map: MapSettings;
  /** What the client knows, or will know with `state`. */
  readonly from: StreamPosition;
  /** Whether the client keeps its state from before. */
  readonly isRecovering: boolean;
  /** The last page of the state, if it goes with the reply. */
  readonly state?: readonly WirePublication[];
}

/** Makes the last step: everything that changed since `from`, and from then on deliveries. */
export async function joinMap(context: GatewayContext, session: Session, join: MapJoin): Promise<MapStepped> {
  const { catchUp, map, isRecovering, state } = join;
  const { subscription } = catchUp;
  const { traits, expiresAt } = subscription;
  if (subscription.isEnded) return endedMeanwhile;
  await listen(context, subscription);
  await appear(context, session, subscription);
  const caught = await (map.hasStream ? readChanges(context, join) : readArrivals(join));
  if (subscription.isEnded) return endedMeanwhile;
  if (isRecovering) context.metrics.recovered(traits.channel, caught.ok, caught.ok ? caught.changes.length : 0);
  if (!caught.ok) return caught;
  const publications = presentChanges(subscription, caught.changes);
  if (publications === undefined) return refuseConnection(disconnects.inappropriateProtocol);
  // Whoever has the state has the base of each key's next patch.
  subscription.giveBase();
  const debounceMs = context.namespaces(traits.channel)?.options.client_publish_debounce_interval ?? 0;
  const result = {
    type: subscriptionTypes.map,
    recoverable: map.hasStream,
    positioned: false,
    ...caught.position,
    recovered: isRecovering,
    wasRecovering: isRecovering,
    publications,
    ...(state === undefined ? {} : { state }),
    ...(catchUp.data === undefined ? {} : { data: catchUp.data }),
    ...(traits.usesDelta ? { delta: true } : {}),
    ...(debounceMs > 0 ? { publishDebounce: debounceMs } : {}),
    ...(subscription.traits.isRefreshedByBackend ? {} : ttlOf(expiresAt, context.clock.now())),
  };
  return { ok: true, result, live: subscription };
}

type Caught =
  | { readonly ok: true; readonly position: StreamPosition; readonly changes: readonly WirePublication[] }
  | Refusal;

/** Everything in the stream since the client's position, or nothing if not everything is there. */
async function readChanges(
  { mapBroker, clock }: GatewayContext,
  { catchUp: { subscription }, map, from, isRecovering }: MapJoin,
): Promise<Caught> {
  const query = { map, since: from, limit: map.maxLivePublications };
  const { publications: stored, position: top } = await mapBroker.readStream(subscription.traits.channel, query);
  subscription.checkedAt = clock.now();
  const { arrivals } = subscription;
  const isSameMap = (!isRecovering || from.epoch === top.epoch) && arrivals.every(({ epoch }) => epoch === top.epoch);
  if (!isSameMap || !isRecovered({ wanted: from, stored, top })) return refuse(replyErrors.unrecoverablePosition);
  const merged = merge({ offset: from.offset, epoch: top.epoch }, stored, arrivals);
  if (!merged.ok) return refuseConnection(disconnects.insufficientState);
  const position = { offset: merged.offset, epoch: top.epoch };
  subscription.settle(position);
  return { ok: true, position, changes: merged.publications };
}

/** Without a stream: what was delivered while pages were read. */
function readArrivals({ catchUp: { subscription, start }, from }: MapJoin): Promise<Caught> {
  const arrivals = subscription.takeArrivals();
  const changes = arrivals.map(({ publication }) => publication);
  const isSameMap = arrivals.every(({ epoch }) => start === undefined || epoch === start.epoch);
  if (!isSameMap || changes.some(isCleared)) return Promise.resolve(refuse(replyErrors.unrecoverablePosition));
  return Promise.resolve({ ok: true, position: { offset: 0, epoch: (start ?? from).epoch }, changes });
}

/** The changes that the client wants, in the form that it reads. Undefined: one cannot travel in its encoding. */
function presentChanges(
  { format, traits: { filter, usesDelta } }: Subscription,
  changes: readonly WirePublication[],
): readonly WirePublication[] | undefined {
  const wanted = filterChanges(filter, changes).map(({ epoch: _epoch, ...change }) => change);
  return usesDelta ? chainPublications(format.codec, wanted) : wanted;
}
