// Decides what setting and removing a key means once it is allowed: which keys are good, delta as the channel has it, then the broker.
import { type ReplyError, replyErrors, type StreamPosition } from '@parley/protocol';
import type { MapSettings } from '../config/map-settings.ts';
import type { GatewayContext } from '../context.ts';
import type {
  MapPublishSettings,
  MapRemoveSettings,
  MapSuppression,
  MapWritten,
  NewMapEntry,
} from '../engine/map-broker.ts';
import { limits } from '../limits.ts';
import type { ChannelRules } from '../namespaces.ts';

/** A channel that is a map. */
export interface MapChannel {
  readonly channel: string;
  readonly rules: ChannelRules;
  readonly map: MapSettings;
}

/** Where the map stands after a write, and why nothing was written if so; or an error. */
export type MapWriteResult =
  | { readonly ok: true; readonly position: StreamPosition; readonly suppressed?: MapSuppression }
  | { readonly ok: false; readonly error: ReplyError };

type Ports = Pick<GatewayContext, 'mapBroker'>;

/** Sets a key. */
export async function setKey(
  ports: Ports,
  { channel, rules, map }: MapChannel,
  { entry, settings }: { entry: NewMapEntry; settings: Omit<MapPublishSettings, 'map'> },
): Promise<MapWriteResult> {
  if (!isKeyGood(entry.key)) return { ok: false, error: replyErrors.badRequest };
  // What Centrifugo answers: versions belong to streams.
  if ((settings.version ?? 0) > 0 && !map.hasStream) return { ok: false, error: replyErrors.internal };
  const delta = settings.delta === true || rules.options.delta_publish;
  return resultOf(await ports.mapBroker.publish(channel, entry, { ...settings, delta, map }));
}

/** Removes a key. */
export async function removeKey(
  ports: Ports,
  { channel, map }: MapChannel,
  { key, settings }: { key: string; settings: Omit<MapRemoveSettings, 'map'> },
): Promise<MapWriteResult> {
  if (!isKeyGood(key)) return { ok: false, error: replyErrors.badRequest };
  return resultOf(await ports.mapBroker.remove(channel, key, { ...settings, map }));
}

// A key that is not well formed changes on its way through UTF-8, and pages that begin after it would never end.
function isKeyGood(key: string): boolean {
  return key !== '' && key.isWellFormed() && Buffer.byteLength(key) <= limits.maxMapKeyBytes;
}

function resultOf(written: MapWritten): MapWriteResult {
  return written.ok ? written : { ok: false, error: replyErrors.limitExceeded };
}
