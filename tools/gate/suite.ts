// Decides how test files are run and counted: node:test, each file in its own process, every skip with its reason.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import type { EventData } from 'node:test';
import { spec } from 'node:test/reporters';
import type { Outcome } from './tally.ts';

/** Which test files to run, and how. `files` are absolute paths; the whole report goes to `logFile`. */
export interface SuiteOptions {
  files: readonly string[];
  concurrency: number;
  /** How long one file may take, in milliseconds. */
  timeoutMs: number;
  logFile: string;
}

/**
 * Runs test files. A file without any test counts as failed: it proves nothing. A `todo` counts as skipped.
 *
 * @throws when the log file cannot be written
 */
export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  const files = new Set(options.files);
  const stream = run({ files: [...options.files], concurrency: options.concurrency, timeout: options.timeoutMs });
  stream.on('test:pass', (data) => {
    if (data.details.type === 'suite') return;
    if (files.has(data.name)) {
      // A file reports itself as a test when it holds none.
      outcome.failed += 1;
      outcome.failures.push(`${data.name} holds no test`);
      return;
    }
    const reason = skipReason(data);
    if (reason === undefined) outcome.passed += 1;
    else {
      outcome.skipped += 1;
      outcome.skips.push(`${data.name} (${placeOf(data)}): ${reason}`);
    }
  });
  stream.on('test:fail', (data) => {
    if (data.details.type === 'suite') return;
    outcome.failed += 1;
    outcome.failures.push(`${data.name} (${placeOf(data)})\n${describe(data.details.error)}`);
  });
  await finished(stream.compose(spec).pipe(createWriteStream(options.logFile)));
  return outcome;
}

function skipReason(data: EventData.TestPass): string | undefined {
  if (data.skip !== undefined && data.skip !== false) {
    return typeof data.skip === 'string' && data.skip !== '' ? data.skip : 'no reason given';
  }
  if (data.todo !== undefined && data.todo !== false) return 'marked as todo';
  return undefined;
}

function placeOf(data: EventData.TestPass | EventData.TestFail): string {
  return `${data.file ?? '?'}:${data.line ?? 0}`;
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return (cause.stack ?? cause.message)
    .split('\n')
    .slice(0, 12)
    .map((line) => `    ${line}`)
    .join('\n');
}
