// Decides how long delivery takes for those who do nothing wrong: from publish to arrival, between two connections of the official client.
import type { Centrifuge, Subscription } from 'centrifuge';
import { setTimeout as delay } from 'node:timers/promises';

/** Two clients that talk in a channel of their own. */
export interface Probe {
  /** Sends `count` messages, one every `everyMs`, and gives the 99th percentile of the time until each arrived, in milliseconds. */
  measure(count: number, everyMs: number): Promise<number>;
}

const deadlineMs = 10_000;

/** Connects both clients and subscribes one of them. */
export async function startProbe(publisher: Centrifuge, subscriber: Centrifuge): Promise<Probe> {
  const arrivals = new Map<number, (at: number) => void>();
  const subscription: Subscription = subscriber.newSubscription('quiet');
  subscription.on('publication', ({ data }) => arrivals.get(data as number)?.(performance.now()));
  subscription.subscribe();
  publisher.connect();
  subscriber.connect();
  await Promise.all([publisher.ready(deadlineMs), subscription.ready(deadlineMs)]);
  let sent = 0;
  const send = async (): Promise<number> => {
    const number = (sent += 1);
    const arrived = new Promise<number>((resolve) => arrivals.set(number, resolve));
    const startedAt = performance.now();
    const [at] = await Promise.all([withDeadline(arrived), publisher.publish('quiet', number)]);
    arrivals.delete(number);
    return at - startedAt;
  };
  return {
    async measure(count, everyMs) {
      const running: Promise<number>[] = [];
      for (let index = 0; index < count; index += 1) {
        running.push(send());
        await delay(everyMs);
      }
      const times = (await Promise.all(running)).toSorted((a, b) => a - b);
      return times[Math.ceil(times.length * 0.99) - 1] ?? NaN;
    },
  };
}

async function withDeadline(arrived: Promise<number>): Promise<number> {
  const timer = Promise.withResolvers<never>();
  const id = setTimeout(() => timer.reject(new Error(`a message did not arrive within ${deadlineMs} ms`)), deadlineMs);
  return Promise.race([arrived, timer.promise]).finally(() => clearTimeout(id));
}
