// Decides how long fuzzing goes on, and that what the process holds does not grow with it.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import type { World } from './world.ts';

/** How many frames each test sends at least; the long run (`npm run fuzz`) sets it. */
const fuzzRuns = Number(process.env['PARLEY_FUZZ_RUNS'] ?? 2_000);

/** The fewest, whatever the share. */
const leastRuns = 500;

/** How long 20 batches may take with the shrinking of a failure among them: what it came to by then is told. */
const longestBatchesMs = 60_000;

/** What may be left over after any number of runs; fast-check's own table of all characters alone has 100 MB when it is full. */
const maxGrowthBytes = 160 * 1024 * 1024;

/**
 * Runs a property over batches of things that are sent side by side until enough was sent. After each batch all connections must be gone
 * and nothing logged as an error. A failure is shrunk, and tells its seed.
 *
 * @param how.send sends one and gives the number of frames or requests that it was
 * @param how.share how many of the runs this test has; one request costs as much time as many frames
 * @returns how many were sent
 */
export async function fuzz<T>(
  world: World,
  one: fc.Arbitrary<T>,
  { send, share = 1 }: { send: (world: World, one: T) => Promise<number>; share?: number },
): Promise<number> {
  let sent = 0;
  let held: number | undefined;
  const batches = fc.array(one, { minLength: 1, maxLength: 8 });
  const runs = Math.max(fuzzRuns * share, leastRuns);
  while (sent < runs) {
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        for (const count of await Promise.all(batch.map((each) => send(world, each)))) sent += count;
        await world.settle();
      }),
      { numRuns: 20, interruptAfterTimeLimit: longestBatchesMs, markInterruptAsFailure: true },
    );
    held ??= heldBytes();
  }
  const grown = heldBytes() - (held ?? 0);
  assert.ok(grown < maxGrowthBytes, `${grown} bytes more than at the beginning, after ${sent}`);
  return sent;
}

/** What this process holds when everything that can be collected is. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
