// Keeps maps in memory and delivers within this process: the map engine of one node.
import type { WirePublication } from '@parley/protocol';
import type { Clock, Random } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { TimerWheel } from '../../timer-wheel.ts';
import type { BrokerEvents } from '../broker.ts';
import type {
  MapBroker,
  MapPublishSettings,
  MapRemoveSettings,
  MapStorage,
  MapSuppression,
  MapWritten,
  NewMapEntry,
} from '../map-broker.ts';
import { newEpoch } from './epoch.ts';
import { IdempotentResults } from './idempotency.ts';
import { MapEntry, MapState } from './map-state.ts';

/** Bounds of the maps in memory, and in the comments what happens when they are reached. */
export interface MapBounds {
  /** Keys of one map; one more is refused as `full`. */
  readonly maxKeysOfMap: number;
  /** Keys of all maps; one more is refused as `full`. One more map than that makes the oldest empty one end. */
  readonly maxKeys: number;
  readonly maxIdempotencyKeys: number;
}

/** What the memory map broker needs, and its bounds (by default those of `limits`). */
export interface MemoryMapBrokerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<BrokerEvents, 'onPublication'>;
  readonly bounds?: Partial<MapBounds>;
}

/** A map broker for one process, and the end of its timer. */
export interface MemoryMapBroker extends MapBroker {
  stop(): void;
}

/** Makes a map broker whose maps end with the process. Every method is done when it returns; the promises are the port's. */
export function createMemoryMapBroker(options: MemoryMapBrokerOptions): MemoryMapBroker {
  const { clock, events } = options;
  const maps = new MemoryMaps(options);
  const results = new IdempotentResults(
    limits.idempotencyTtlMs,
    options.bounds?.maxIdempotencyKeys ?? limits.maxIdempotencyKeys,
  );
  const stopClock = clock.every(limits.expiryResolutionMs, () => {
    maps.advance(clock.now());
    results.expire(clock.now());
  });

  function publish(channel: string, value: NewMapEntry, settings: MapPublishSettings): MapWritten {
    const now = clock.now();
    const former = formerResult(channel, settings.idempotencyKey, now);
    if (former !== undefined) return former;
    const map = maps.open(channel, settings.map, now);
    const known = map.entry(value.key);
    const suppressed = suppressionOf(known, settings);
    if (suppressed !== undefined) {
      if (suppressed === 'key_exists' && settings.renewsTtl === true && known !== undefined) maps.renew(known, now);
      return { ok: true, position: map.position, suppressed };
    }
    if (known === undefined && !maps.hasRoom(map)) return { ok: false, problem: 'full' };
    const base = settings.delta === true ? known?.publication.data : undefined;
    const { entry, change } = maps.set(map, value, now);
    if (settings.version !== undefined && settings.version > 0) {
      entry.version = settings.version;
      entry.versionEpoch = settings.versionEpoch ?? '';
    }
    return written(map, change, { idempotencyKey: settings.idempotencyKey, base, now });
  }

  function remove(channel: string, key: string, settings: MapRemoveSettings): MapWritten {
    const now = clock.now();
    const former = formerResult(channel, settings.idempotencyKey, now);
    if (former !== undefined) return former;
    const map = maps.open(channel, settings.map, now);
    const entry = map.entry(key);
    if (entry === undefined) return { ok: true, position: map.position, suppressed: 'key_not_found' };
    const change = maps.delete(entry, settings.tags ?? entry.publication.tags, now);
    return written(map, change, { idempotencyKey: settings.idempotencyKey, now });
  }

  function formerResult(channel: string, key: string | undefined, now: number): MapWritten | undefined {
    const position = key === undefined ? undefined : results.get(channel, key, now);
    return position && { ok: true, position, suppressed: 'idempotency' };
  }

  function written(
    { channel, position }: MapState,
    publication: WirePublication,
    { idempotencyKey, base, now }: { idempotencyKey: string | undefined; base?: WirePublication['data']; now: number },
  ): MapWritten {
    if (idempotencyKey !== undefined) results.add(channel, idempotencyKey, { result: position, now });
    events.onPublication(channel, { publication, epoch: position.epoch, base, lagMs: 0 });
    return { ok: true, position };
  }

  return {
    subscribe: () => Promise.resolve(),
    unsubscribe: () => Promise.resolve(),
    publish: (channel, entry, settings) => Promise.resolve(publish(channel, entry, settings)),
    remove: (channel, key, settings) => Promise.resolve(remove(channel, key, settings)),
    readState: (channel, query) => Promise.resolve(maps.open(channel, query.map, clock.now()).page(query)),
    readStream(channel, { map: storage, ...query }) {
      const map = maps.open(channel, storage, clock.now());
      return Promise.resolve({ publications: map.readStream(query), position: map.position });
    },
    count: (channel) => Promise.resolve(maps.sizeOf(channel)),
    clear: (channel, storage) => Promise.resolve(maps.clear(channel, storage, clock.now())),
    stop: stopClock,
  };
}

function suppressionOf(known: MapEntry | undefined, settings: MapPublishSettings): MapSuppression | undefined {
  if (known?.hasVersion(settings) === true) return 'version';
  if (settings.keyMode === 'if_new' && known !== undefined) return 'key_exists';
  if (settings.keyMode === 'if_exists' && known === undefined) return 'key_not_found';
  return undefined;
}

/** The maps of a process with their bounds and their time. */
class MemoryMaps {
  readonly #options: MemoryMapBrokerOptions;
  readonly #bounds: Omit<MapBounds, 'maxIdempotencyKeys'>;
  readonly #maps = new Map<string, MapState>();
  // Maps without keys, those first that are so for longest.
  readonly #empty = new Set<MapState>();
  readonly #wheel: TimerWheel<MapEntry | MapState>;
  #keys = 0;

  constructor(options: MemoryMapBrokerOptions) {
    this.#options = options;
    this.#bounds = { maxKeysOfMap: limits.maxKeysOfMap, maxKeys: limits.maxMapKeys, ...options.bounds };
    this.#wheel = new TimerWheel(limits.expiryResolutionMs, options.clock.now(), (due, now) => {
      if (due instanceof MapEntry) this.#attendEntry(due, now);
      else this.#attendMap(due, now);
    });
  }

  advance(now: number): void {
    this.#wheel.advance(now);
  }

  /** The map, alive: made if it is missing or over. */
  open(channel: string, storage: MapStorage, now: number): MapState {
    const known = this.#maps.get(channel);
    if (known !== undefined && !known.isDead(now)) {
      known.storage = storage;
      known.touch(now);
      return known;
    }
    if (known !== undefined) this.#forget(known);
    return this.#make(channel, storage, now);
  }

  sizeOf(channel: string): number {
    return this.#maps.get(channel)?.size ?? 0;
  }

  hasRoom({ size }: MapState): boolean {
    return size < this.#bounds.maxKeysOfMap && this.#keys < this.#bounds.maxKeys;
  }

  set(map: MapState, value: NewMapEntry, now: number): ReturnType<MapState['set']> {
    const before = map.size;
    const set = map.set(value, now);
    this.#keys += map.size - before;
    this.#empty.delete(map);
    this.#schedule(set.entry, set.entry.expiresAt);
    this.#schedule(map, map.wakeAt);
    return set;
  }

  delete(entry: MapEntry, tags: WirePublication['tags'], now: number): WirePublication {
    const map = entry.owner;
    this.#wheel.cancel(entry);
    const change = map.delete(entry, tags, now);
    this.#keys -= 1;
    if (map.size === 0) this.#empty.add(map);
    this.#schedule(map, map.wakeAt);
    return change;
  }

  renew(entry: MapEntry, now: number): void {
    entry.renew(now);
    this.#schedule(entry, entry.expiresAt);
  }

  clear(channel: string, storage: MapStorage, now: number): void {
    const known = this.#maps.get(channel);
    if (known !== undefined) this.#forget(known);
    const { position } = this.#make(channel, storage, now);
    const publication = { removed: true, offset: 0 };
    this.#options.events.onPublication(channel, { publication, epoch: position.epoch, lagMs: 0 });
  }

  #make(channel: string, storage: MapStorage, now: number): MapState {
    // There are more maps than keys: one of them is empty.
    const [oldest] = this.#empty;
    if (this.#maps.size > this.#bounds.maxKeys && oldest !== undefined) this.#forget(oldest);
    const map = new MapState(channel, newEpoch(this.#options.random), { storage, now });
    this.#maps.set(channel, map);
    this.#empty.add(map);
    this.#schedule(map, map.wakeAt);
    return map;
  }

  #forget(map: MapState): void {
    for (const entry of map.entries()) this.#wheel.cancel(entry);
    this.#wheel.cancel(map);
    this.#keys -= map.size;
    this.#empty.delete(map);
    this.#maps.delete(map.channel);
  }

  #attendEntry(entry: MapEntry, now: number): void {
    if (now < entry.expiresAt) {
      // The machine's time was set back: a key lives no longer than it would have from now on.
      if (entry.expiresAt - now > entry.owner.storage.keyTtlMs) entry.renew(now);
      this.#schedule(entry, entry.expiresAt);
      return;
    }
    const map = entry.owner;
    const publication = this.delete(entry, entry.publication.tags, now);
    this.#options.events.onPublication(map.channel, { publication, epoch: map.position.epoch, lagMs: 0 });
  }

  #attendMap(map: MapState, now: number): void {
    if (map.isDead(now)) this.#forget(map);
    else {
      // With keys it is alive, whatever time it was last used.
      if (map.size > 0) map.touch(now);
      this.#schedule(map, map.wakeAt);
    }
  }

  #schedule(waiter: MapEntry | MapState, at: number): void {
    if (at < Infinity) this.#wheel.schedule(waiter, at);
    else this.#wheel.cancel(waiter);
  }
}
