// Decides what stands in one page of a map's state or stream, and when a client is near enough to go live.
import { disconnects, mapPhases, replyErrors, subscriptionTypes, type WirePublication } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { fullPublication } from '../hub/delivery.ts';
import { isRecovered } from '../session/recovery.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from '../session/subscription.ts';
import { filterChanges, isWanted } from '../tags-filter.ts';
import { joinMap } from './map-live.ts';
import type { MapStepInput, MapStepped } from './map-step.ts';
import { refuse, refuseConnection } from './refusal.ts';

/**
 * Reads a page of the state. Where there is a stream, entries of later pages that changed after the first page are left out: the
 * stream has them. The last page comes together with going live, if the stream is not too far ahead.
 */
export async function readStateStep(
  context: GatewayContext,
  session: Session,
  { catchUp, map, step }: MapStepInput,
): Promise<MapStepped> {
  const { subscription } = catchUp;
  const { channel, filter } = subscription.traits;
  const page = await context.mapBroker.readState(channel, { map, after: step.cursor, limit: step.limit });
  const start = (catchUp.start ??= page.position);
  const isSameMap = page.position.epoch === start.epoch && ['', start.epoch].includes(step.position.epoch);
  if (!isSameMap) return refuse(replyErrors.unrecoverablePosition);
  const entries = page.entries.filter((entry) => entry.offset <= start.offset && isWanted(filter, entry));
  const state = wholePublications(subscription, entries);
  if (state === undefined) return refuseConnection(disconnects.inappropriateProtocol);
  const isNear = !map.hasStream || start.offset + step.limit >= page.position.offset;
  if (page.cursor === '' && isNear) {
    return joinMap(context, session, { catchUp, map, from: start, isRecovering: false, state });
  }
  return { ok: true, result: { ...pageResult, ...start, phase: mapPhases.state, cursor: page.cursor, state } };
}

/** Reads a page of the stream, or goes live if less than a page is missing of what there was at the first one. */
export async function readStreamStep(
  context: GatewayContext,
  session: Session,
  { catchUp, map, step }: MapStepInput,
): Promise<MapStepped> {
  const { subscription } = catchUp;
  const { channel, filter } = subscription.traits;
  const since = step.position;
  const query = { map, since, limit: step.limit };
  const { publications: stored, position: top } = await context.mapBroker.readStream(channel, query);
  if (since.epoch !== top.epoch) return refuse(replyErrors.unrecoverablePosition);
  catchUp.start ??= since;
  catchUp.target ??= top.offset;
  const last = stored.at(-1);
  if (since.offset + step.limit >= catchUp.target || last === undefined) {
    return joinMap(context, session, { catchUp, map, from: since, isRecovering: step.recover });
  }
  const reached = { offset: last.offset, epoch: top.epoch };
  if (!isRecovered({ wanted: since, stored, top: reached })) return refuse(replyErrors.unrecoverablePosition);
  const publications = wholePublications(subscription, filterChanges(filter, stored));
  if (publications === undefined) return refuseConnection(disconnects.inappropriateProtocol);
  return { ok: true, result: { ...pageResult, ...reached, phase: mapPhases.stream, publications } };
}

const pageResult = {
  recoverable: false,
  positioned: false,
  recovered: false,
  wasRecovering: false,
  publications: [],
  type: subscriptionTypes.map,
} as const;

/** Publications of a page, which are never patches. Undefined: one cannot travel in the encoding of the connection. */
function wholePublications(
  { format, traits }: Subscription,
  publications: readonly WirePublication[],
): readonly WirePublication[] | undefined {
  const whole = publications.map(({ epoch: _epoch, ...publication }) =>
    traits.usesDelta ? fullPublication(format.codec, publication) : publication,
  );
  const possible = whole.filter((publication) => publication !== undefined);
  return possible.length === whole.length ? possible : undefined;
}
