import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STEPS, chooseSteps } from './steps.ts';

function namesFor(words: string[]): string[] {
  const chosen = chooseSteps(words);
  assert.ok(chosen.ok);
  return chosen.choice.steps.map((step) => step.name);
}

test('chooseSteps() runs everything without a filter', () => {
  assert.deepEqual(
    namesFor([]),
    STEPS.map((step) => step.name),
  );
});

test('chooseSteps() chooses by name, in the order of the table', () => {
  assert.deepEqual(namesFor(['unit', 'lint']), ['lint', 'unit']);
});

test('chooseSteps() chooses the suites for a path', () => {
  assert.deepEqual(namesFor(['packages/api']), ['unit', 'e2e']);
  assert.deepEqual(namesFor(['unit', 'packages/api']), ['unit']);
  const chosen = chooseSteps(['unit', 'packages/api', 'hub.test.ts']);
  assert.deepEqual(chosen.ok && chosen.choice.paths, ['packages/api', 'hub.test.ts']);
});

test('chooseSteps() refuses a name that is no step', () => {
  const chosen = chooseSteps(['unt']);
  assert.equal(chosen.ok, false);
  assert.match(chosen.ok ? '' : chosen.problem, /^there is no step unt; the steps are system, format, /);
});
