// How tests wait: for an event or a condition, with a deadline instead of a guess.
import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 5_000;

/** The first arguments with which `subscribe` calls back. */
export function once<T>(what: string, subscribe: (done: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms for ${what}`)), deadlineMs);
    subscribe((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms until ${what}`);
    await delay(1);
  }
}
