// Runs the whole gate, or the chosen steps of it, one line a step, and closes with the count: npm test [-- unit …].
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from './checks/source.ts';
import { runCommand } from './gate/command.ts';
import { STEPS, chooseSteps } from './gate/steps.ts';
import type { Choice, Step } from './gate/steps.ts';
import { runSuite } from './gate/suite.ts';
import { provideSystemPackages } from './gate/system-packages.ts';
import { closingLine, exitCode, sum } from './gate/tally.ts';
import type { Outcome } from './gate/tally.ts';

const root = path.dirname(import.meta.dirname);
const logs = path.join(root, 'node_modules', '.cache', 'parley', 'test-logs');
const isCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';

async function runStep(step: Step, paths: readonly string[]): Promise<Outcome> {
  const logFile = path.join(logs, `${step.name}.log`);
  if (step.kind === 'system') return provideSystemPackages({ cwd: root, isCi, logFile });
  if (step.kind === 'suite') {
    const isTestFile = (file: string): boolean => /\.test\.tsx?$/.test(file);
    const files = listFiles(root, step.folders, isTestFile)
      .filter((file) => paths.length === 0 || paths.some((part) => file.includes(part)))
      .map((file) => path.join(root, file));
    if (files.length === 0 && paths.length > 0) return sum([]);
    return runSuite({ files, concurrency: step.concurrency, timeoutMs: step.timeoutMs, logFile });
  }
  const args = step.args.filter((arg) => !isFolder(arg) || existsSync(path.join(root, arg)));
  return runCommand({ name: step.name, command: step.command, args, cwd: root, env: commandEnvironment(), logFile });
}

function isFolder(argument: string): boolean {
  return /^[\w-]+$/.test(argument) && ['packages', 'e2e', 'bench', 'tools'].includes(argument);
}

/** The environment in which the programs of the development dependencies are found, ours before all others. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const own = path.join(root, 'node_modules', '.bin');
  return { ...process.env, PATH: `${own}${path.delimiter}${process.env.PATH ?? ''}` };
}

async function runAll(choice: Choice): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const step of choice.steps) {
    const startedAt = performance.now();
    const outcome = await runStep(step, choice.paths);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const mark = outcome.failed > 0 ? 'FAILED ' : 'ok     ';
    const counted = step.kind === 'suite' ? `  ${closingLine(outcome)}` : '';
    console.log(`${mark}${step.name.padEnd(10)}${seconds.padStart(7)} s${counted}`);
    for (const failure of outcome.failures) console.log(`  ${failure}`);
    outcomes.push(outcome);
  }
  return sum(outcomes);
}

const chosen = chooseSteps(process.argv.slice(2));
if (chosen.ok) {
  mkdirSync(logs, { recursive: true });
  const total = await runAll(chosen.choice);
  for (const skip of total.skips) console.log(`skipped: ${skip}`);
  if (chosen.choice.steps.length < STEPS.length) console.log('(some steps only; `npm test` runs them all)');
  console.log(closingLine(total));
  process.exitCode = exitCode(total);
} else {
  console.error(chosen.problem);
  process.exitCode = 2;
}
