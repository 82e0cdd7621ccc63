// Decides when the keys of a channel are asked for: once an interval, in batches that are spread evenly over it.
import { after, type Clock } from '../clock.ts';

/** What a cycle needs. `ask` never rejects. */
export interface CycleOptions {
  readonly clock: Pick<Clock, 'every'>;
  readonly intervalMs: number;
  readonly batchSize: number;
  /** Keys of the cycle that begins. */
  readonly takeDue: () => readonly string[];
  readonly ask: (keys: readonly string[]) => Promise<void>;
  /** A cycle begins that asks something; the returned function is called when all of it is answered. */
  readonly begin: () => () => void;
}

/** Repeats until the returned function is called. A cycle is left out while calls of the one before have no answer. */
export function startCycles({ clock, intervalMs, batchSize, takeDue, ask, begin }: CycleOptions): () => void {
  let end = (): void => undefined;
  const waiting = new Set<() => void>();
  const running = new Set<Promise<void>>();
  const run = (keys: readonly string[]): void => {
    const call = ask(keys).finally(() => {
      running.delete(call);
      if (running.size === 0 && waiting.size === 0) end();
    });
    running.add(call);
  };
  const later = (keys: readonly string[], delayMs: number): void => {
    const cancel = after(clock, delayMs, () => {
      waiting.delete(cancel);
      run(keys);
    });
    waiting.add(cancel);
  };
  const stop = clock.every(intervalMs, () => {
    if (running.size > 0 || waiting.size > 0) return;
    const batches = inBatches(takeDue(), batchSize);
    if (batches.length > 0) end = begin();
    batches.forEach((keys, index) => {
      if (index === 0) run(keys);
      else later(keys, (index * intervalMs) / batches.length);
    });
  });
  return () => {
    stop();
    for (const cancel of waiting) cancel();
    waiting.clear();
  };
}

/** Cuts a list into parts of at most `size`. */
export function inBatches(keys: readonly string[], size: number): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < keys.length; at += size) batches.push(keys.slice(at, at + size));
  return batches;
}
