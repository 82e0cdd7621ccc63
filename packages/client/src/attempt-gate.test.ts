// Proves how attempts to connect are spaced, and that a wait can be ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttemptGate } from './attempt-gate.ts';
import { createFakeClock, settle } from './testing/fake-clock.ts';

function fixture() {
  const clock = createFakeClock();
  const gate = createAttemptGate(clock);
  const attempt = async (): Promise<boolean> => {
    let passed = false;
    void gate.pass().then(() => (passed = true));
    await settle();
    return passed;
  };
  /** Milliseconds until the waiting attempt begins. */
  const wait = (): number | null => {
    const state = gate.state.getSnapshot();
    return state.name === 'waiting' ? state.retryAt - clock.now() : null;
  };
  return { clock, gate, attempt, wait };
}

test('the first attempt begins at once, the following ones wait longer and longer, up to 20 s', async () => {
  const { attempt, wait } = fixture();
  assert.equal(await attempt(), true);
  const waits: (number | null)[] = [];
  for (let at = 0; at < 8; at += 1) {
    assert.equal(await attempt(), false);
    waits.push(wait());
  }
  assert.deepEqual(waits, [750, 1_500, 3_000, 6_000, 12_000, 15_000, 15_000, 15_000]);
});

test('release() begins the waiting attempt now', async () => {
  const { gate, attempt, clock } = fixture();
  await attempt();
  let passed = false;
  void gate.pass().then(() => (passed = true));
  gate.release();
  await settle();
  assert.equal(passed, true);
  assert.equal(gate.state.getSnapshot().name, 'trying');
  assert.equal(clock.pending(), 0);
});

test('release() has a reason to hope: when its attempt fails too, the waits start anew', async () => {
  const { gate, attempt, wait } = fixture();
  for (let at = 0; at < 6; at += 1) await attempt();
  assert.equal(wait(), 12_000);
  gate.release();
  await attempt();
  assert.equal(wait(), 750);
});

test('a connection that lasted starts the waits anew, one that did not goes on with them', async () => {
  const { gate, attempt, clock, wait } = fixture();
  await attempt();
  for (let at = 0; at < 4; at += 1) await attempt();
  gate.succeeded();
  await clock.tick(1_000);
  await attempt();
  assert.equal(wait(), 12_000);
  gate.succeeded();
  await clock.tick(10_000);
  await attempt();
  assert.equal(wait(), 750);
});
