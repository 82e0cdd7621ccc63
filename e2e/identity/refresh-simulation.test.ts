// Checks, over a short simulated life, that no honest tab is signed out and that every theft is found at its first use.
import assert from 'node:assert/strict';
import test from 'node:test';
import { simulate } from './refresh-simulation.ts';

test('refresh simulation: 6,000 refreshes sign nobody out who is honest, and find every theft', async () => {
  const { innocent, missed, refreshes, replays, lost, killed, thefts } = await simulate({ refreshes: 6_000, seed: 4 });
  assert.deepEqual({ innocent, missed }, { innocent: 0, missed: 0 });
  assert.ok(refreshes >= 6_000 && replays > 100 && lost > 100 && killed > 10 && thefts > 3);
});

test('refresh simulation: without grace honest tabs are signed out, so the simulation can fail', async () => {
  const { innocent } = await simulate({ refreshes: 500, seed: 4, graceSeconds: 0 });
  assert.ok(innocent > 0);
});
