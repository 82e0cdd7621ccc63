import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attacks } from './support/attacks.ts';
import { type Probe, startProbe } from './support/latency.ts';
import { quietAgain, startTarget, type Target } from './support/target.ts';

const mebibyte = 1024 * 1024;

/**
 * What all attacks together may make the process grow by. Below it are the buffers that the bounds allow: 20 slow readers of 1 MiB each, what
 * waits of 600 connections, and what the collector has not fetched yet, which grows with the rate of allocation.
 */
const maxGrowthBytes = 300 * mebibyte;

/**
 * A delivery under attack takes at most twice as long as without, or twice the 15 ms that p99 may be at half of the capacity. Below that a
 * difference is the work of the scheduler, which divides two processors among gateway, attacker, clients and whoever else runs.
 */
const toleratedMs = 30;

const rounds = 3;
const messages = 40;
const everyMs = 4;
const tries = 3;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

interface Measured {
  quietMs: number;
  attackedMs: number;
  peakBytes: number;
}

/** Rounds with and without the attack in turn, so that whatever else the machine does meets both. */
async function measure(target: Target, probe: Probe, name: string): Promise<Measured> {
  const quiet: number[] = [];
  const attacked: number[] = [];
  let peakBytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await probe.measure(messages, everyMs));
    const stop = await target.attack(name);
    attacked.push(await probe.measure(messages, everyMs));
    peakBytes = Math.max(peakBytes, await target.residentBytes());
    await stop();
  }
  return { quietMs: median(quiet), attackedMs: median(attacked), peakBytes };
}

test('whatever some clients do, others are served in time, memory stays bounded, and nothing is left behind', async (t) => {
  const target = await startTarget(t);
  const probe = await startProbe(target.client(), target.client());
  await probe.measure(200, 2);
  const before = await target.residentBytes();
  for (const name of Object.keys(attacks)) {
    await t.test(name, async (sub) => {
      let last: Measured = { quietMs: 0, attackedMs: Infinity, peakBytes: 0 };
      const isLate = (): boolean => last.attackedMs > Math.max(2 * last.quietMs, toleratedMs);
      for (let attempt = 0; attempt < tries && isLate(); attempt += 1) last = await measure(target, probe, name);
      const { quietMs, attackedMs, peakBytes } = last;
      sub.diagnostic(
        `p99 ${quietMs.toFixed(1)} ms, attacked ${attackedMs.toFixed(1)} ms; ${Math.round((peakBytes - before) / mebibyte)} MiB more`,
      );
      assert.ok(!isLate(), `p99 ${attackedMs.toFixed(1)} ms, without the attack ${quietMs.toFixed(1)} ms`);
      assert.ok(peakBytes - before < maxGrowthBytes, `${Math.round((peakBytes - before) / mebibyte)} MiB more`);
      await quietAgain(target, 2);
    });
  }
  const problems = target.logged.filter(({ level }) => level === 'error' || level === 'fatal');
  assert.deepEqual(problems, []);
  target.signal('SIGTERM');
  assert.equal(await target.ended, 0);
});
