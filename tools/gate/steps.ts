// Decides what `npm test` runs, in which order, and how a filter chooses from it.

/** One step: a process that passes or fails, or files of tests. */
export type Step =
  | { kind: 'system'; name: string }
  | { kind: 'command'; name: string; command: string; args: readonly string[] }
  | { kind: 'suite'; name: string; folders: readonly string[]; concurrency: number; timeoutMs: number };

const node = process.execPath;
const sources = ['packages', 'e2e', 'bench', 'tools'];
const minuteMs = 60_000;
// A small run for each fault that is planted on the wire: the checker has to see it.
const faultRuns = ['--self-test', '--clients', '3', '--rooms', '1', '--messages', '100', '--kills', '1'];

/** All steps, cheap ones first, so that a slip is told early. */
export const STEPS: readonly Step[] = [
  { kind: 'system', name: 'system' },
  { kind: 'command', name: 'format', command: 'oxfmt', args: ['--check', ...sources] },
  { kind: 'command', name: 'imports', command: node, args: ['tools/check.ts', 'imports'] },
  { kind: 'command', name: 'exports', command: node, args: ['tools/check.ts', 'exports'] },
  { kind: 'command', name: 'sizes', command: node, args: ['tools/check.ts', 'sizes'] },
  { kind: 'command', name: 'secrets', command: node, args: ['tools/check.ts', 'secrets'] },
  { kind: 'command', name: 'docs', command: node, args: ['tools/errors-page.ts', '--check'] },
  { kind: 'command', name: 'docs-rights', command: node, args: ['tools/rights-page.ts', '--check'] },
  { kind: 'command', name: 'docs-identity', command: node, args: ['tools/identity-cases.ts', '--check'] },
  { kind: 'command', name: 'docs-metrics', command: node, args: ['tools/metrics-page.ts', '--check'] },
  { kind: 'command', name: 'gateway-options', command: node, args: ['tools/gateway-options-page.ts', '--check'] },
  { kind: 'command', name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { kind: 'command', name: 'types-web', command: 'tsc', args: ['-p', 'packages/web/tsconfig.json'] },
  { kind: 'command', name: 'lint', command: 'oxlint', args: ['--type-aware', ...sources] },
  { kind: 'suite', name: 'unit', folders: ['packages', 'tools'], concurrency: 2, timeoutMs: 5 * minuteMs },
  { kind: 'suite', name: 'e2e', folders: ['e2e'], concurrency: 1, timeoutMs: 5 * minuteMs },
  { kind: 'command', name: 'chaos', command: node, args: ['e2e/chaos/run.ts', '--short'] },
  { kind: 'command', name: 'chaos-faults', command: node, args: ['e2e/chaos/run.ts', ...faultRuns] },
];

/** What a filter chose: the steps, and the parts of paths that test files must contain (none: all of them). */
export interface Choice {
  steps: readonly Step[];
  paths: readonly string[];
}

/**
 * Chooses steps by the words after `npm test --`: names of steps (`unit`, `lint`), and parts of paths (with a slash or
 * ending in .ts), which choose among the test files. Only paths: only the suites run. No word: everything runs.
 */
export function chooseSteps(words: readonly string[]): { ok: true; choice: Choice } | { ok: false; problem: string } {
  const paths = words.filter((word) => word.includes('/') || word.endsWith('.ts'));
  const names = words.filter((word) => !paths.includes(word));
  const known = new Set(STEPS.map((step) => step.name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    return { ok: false, problem: `there is no step ${unknown.join(', ')}; the steps are ${[...known].join(', ')}` };
  }
  const isChosen = (step: Step): boolean => {
    if (names.length > 0) return names.includes(step.name);
    return paths.length === 0 || step.kind === 'suite';
  };
  return { ok: true, choice: { steps: STEPS.filter(isChosen), paths } };
}
