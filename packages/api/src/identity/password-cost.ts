// Decides how the cost of a password hash is measured on a machine.
import { hash } from '@node-rs/argon2';
import type { Cost } from './password-schemes.ts';

const TRIES = 5;

/** How long one hash of a cost takes here, in milliseconds: the middle of a few, one at a time. */
export async function measureCost(cost: Cost): Promise<number> {
  await hash('warm up the memory', cost);
  const times: number[] = [];
  for (let run = 0; run < TRIES; run++) {
    const startedMs = performance.now();
    await hash('how long does this take', cost);
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(TRIES / 2)] ?? 0;
}
