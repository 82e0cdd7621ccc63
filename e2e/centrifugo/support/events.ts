// Decides how tests wait for what a client or a subscription reports.

/** What the official client's events are listened to by. */
export interface Emitter {
  on(event: never, listener: (context: never) => void): unknown;
}

/** The contexts of one event, from now on. */
export interface Collected<Context> {
  readonly all: readonly Context[];
  /** Resolves with the first `count` contexts. Rejects when they have not come within `milliseconds`. */
  first(count: number, milliseconds?: number): Promise<readonly Context[]>;
}

/** Collects the contexts of an event from now on. */
export function collect<Context>(emitter: Emitter, event: string): Collected<Context> {
  const all: Context[] = [];
  const waiting = new Set<() => void>();
  // Each class of the client has its own names of events; the name is the caller's word.
  emitter.on(event as never, (context: Context) => {
    all.push(context);
    for (const look of waiting) look();
  });
  return {
    all,
    first(count, milliseconds = 5_000) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Context[]>();
      const timer = setTimeout(
        () => reject(new Error(`${all.length} of ${count} ${event} events in ${milliseconds} ms`)),
        milliseconds,
      );
      const look = (): void => {
        if (all.length >= count) resolve(all.slice(0, count));
      };
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
  };
}

/** The next context of an event; rejects when it does not come within five seconds. */
export async function next<Context>(emitter: Emitter, event: string): Promise<Context> {
  const [context] = await collect<Context>(emitter, event).first(1);
  return context as Context;
}
