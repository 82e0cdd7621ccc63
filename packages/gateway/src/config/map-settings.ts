// Decides what the options of a map mean together: which defaults follow from its mode.
import type { ChannelOptions } from './table.ts';

/** A map's options with everything derived filled in. Times in milliseconds. */
export interface MapSettings {
  /** Changes are kept in a stream, so that clients can recover. */
  readonly hasStream: boolean;
  /** 0: keys do not expire. */
  readonly keyTtlMs: number;
  readonly streamSize: number;
  readonly streamTtlMs: number;
  /** How long offset and epoch outlive the last change; 0 is without end. */
  readonly metaTtlMs: number;
  /** The most changes that are sent when a client goes live. */
  readonly maxLivePublications: number;
}

const defaultStreamSize = 100;
const defaultStreamTtlMs = 60_000;

/** Fills in what depends on the mode (protocol reference, 13.2). */
export function mapSettings({ map }: Pick<ChannelOptions, 'map'>): MapSettings {
  const hasStream = map.mode === 'recoverable' || map.mode === 'persistent';
  const streamTtlMs = hasStream ? map.stream_ttl || defaultStreamTtlMs : 0;
  const derivedMetaTtlMs = map.mode === 'recoverable' ? Math.max(10 * streamTtlMs, map.key_ttl) : 0;
  return {
    hasStream,
    keyTtlMs: map.key_ttl,
    streamSize: hasStream ? map.stream_size || defaultStreamSize : 0,
    streamTtlMs,
    metaTtlMs: map.meta_ttl || derivedMetaTtlMs,
    maxLivePublications: map.live_transition_max_publication_limit || map.max_page_size,
  };
}
