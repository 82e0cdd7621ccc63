// Decides how the outcomes of the steps add up to the closing line and the exit code of `npm test`.

/** What came out of one step. A check counts as one; `failures` and `skips` are lines for people. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why, in lines. */
  failures: string[];
  /** What was skipped and why, in lines; as many as `skipped`. */
  skips: string[];
}

/** An outcome in which one check passed. */
export const PASSED: Outcome = { passed: 1, failed: 0, skipped: 0, failures: [], skips: [] };

/** Adds outcomes up. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  for (const outcome of outcomes) {
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped += outcome.skipped;
    total.failures.push(...outcome.failures);
    total.skips.push(...outcome.skips);
  }
  return total;
}

/** The closing line: `12 passed, 0 failed`, with `, 3 skipped` when something was skipped. */
export function closingLine(total: Outcome): string {
  const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
  return `${total.passed} passed, ${total.failed} failed${skipped}`;
}

/** 0 when something ran and nothing failed, 1 otherwise: a run of nothing proves nothing. */
export function exitCode(total: Outcome): 0 | 1 {
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}
