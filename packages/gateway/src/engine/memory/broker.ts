// Keeps streams in memory and delivers within this process: the engine of one node.
import type { Clock, Random } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { TimerWheel } from '../../timer-wheel.ts';
import type { Broker, BrokerEvents, NewPublication, Published, PublishSettings } from '../broker.ts';
import { newEpoch } from './epoch.ts';
import { IdempotentResults } from './idempotency.ts';
import { Stream } from './stream.ts';

/** What the memory broker needs, and its bounds (by default those of `limits`). */
export interface MemoryBrokerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: BrokerEvents;
  readonly maxStreams?: number;
  readonly maxIdempotencyKeys?: number;
}

/** A broker for one process, and the end of its timer. */
export interface MemoryBroker extends Broker {
  stop(): void;
}

/** Makes a broker whose streams end with the process. Every method is done when it returns; the promises are the port's. */
export function createMemoryBroker(options: MemoryBrokerOptions): MemoryBroker {
  const { clock, random, events } = options;
  const maxStreams = options.maxStreams ?? limits.maxStreams;
  const streams = new Map<string, Stream>();
  const results = new IdempotentResults(
    limits.idempotencyTtlMs,
    options.maxIdempotencyKeys ?? limits.maxIdempotencyKeys,
  );
  const wheel = new TimerWheel<Stream>(limits.expiryResolutionMs, clock.now(), (stream, now) => {
    stream.expire(now);
    if (stream.isDead(now)) streams.delete(stream.channel);
    else wheel.schedule(stream, stream.wakeAt);
  });
  const stop = clock.every(limits.expiryResolutionMs, () => {
    wheel.advance(clock.now());
    results.expire(clock.now());
  });

  /** The stream, alive: made if it is missing or over. */
  function streamOf(channel: string, metaTtlMs: number, now: number): Stream {
    const known = streams.get(channel);
    if (known !== undefined && !known.isDead(now)) {
      known.expire(now);
      known.touch(now + metaTtlMs);
      return known;
    }
    if (known !== undefined) wheel.cancel(known);
    else if (streams.size >= maxStreams) endOldest();
    const stream = new Stream(channel, newEpoch(random), now + metaTtlMs);
    streams.set(channel, stream);
    wheel.schedule(stream, stream.wakeAt);
    return stream;
  }

  function endOldest(): void {
    const [oldest] = streams.values();
    if (oldest === undefined) return;
    wheel.cancel(oldest);
    streams.delete(oldest.channel);
  }

  function publish(channel: string, publication: NewPublication, settings: PublishSettings): Published {
    const now = clock.now();
    const { history, idempotencyKey } = settings;
    const former = idempotencyKey === undefined ? undefined : results.get(channel, idempotencyKey, now);
    if (former !== undefined) return { ...former, suppressed: 'idempotency' };

    const stream = history && streamOf(channel, history.metaTtlMs, now);
    const { version = 0, versionEpoch = '' } = settings;
    if (stream !== undefined && version > 0 && stream.hasVersion(version, versionEpoch))
      return { ...stream.position, suppressed: 'version' };

    const base = settings.delta === true ? stream?.latest?.data : undefined;
    const numbered = stream && history ? stream.append(publication, history, now) : { ...publication, offset: 0 };
    const result = stream?.position ?? { offset: 0, epoch: '' };
    if (idempotencyKey !== undefined) results.add(channel, idempotencyKey, { result, now });
    if (stream !== undefined) wheel.schedule(stream, stream.wakeAt);
    events.onPublication(channel, { publication: numbered, epoch: result.epoch, base, lagMs: 0 });
    return result;
  }

  return {
    stop,
    subscribe: () => Promise.resolve(),
    unsubscribe: () => Promise.resolve(),
    publish: (channel, publication, settings) => Promise.resolve(publish(channel, publication, settings)),
    publishJoin: (channel, info) => Promise.resolve(events.onJoin(channel, info)),
    publishLeave: (channel, info) => Promise.resolve(events.onLeave(channel, info)),
    history(channel, query) {
      const stream = streamOf(channel, query.metaTtlMs, clock.now());
      return Promise.resolve({ publications: stream.read(query), position: stream.position });
    },
    removeHistory(channel) {
      streams.get(channel)?.clear();
      return Promise.resolve();
    },
  };
}
