import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Outcome } from './tally.ts';

const execute = promisify(execFile);
const suiteUrl = new URL('suite.ts', import.meta.url).href;

/** Runs the given files in a process of their own: node:test refuses to start a run inside of a test. */
async function runFiles(context: TestContext, files: Record<string, string>): Promise<Outcome & { log: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-suite-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const options = {
    files: Object.keys(files).map((name) => path.join(folder, name)),
    concurrency: 1,
    timeoutMs: 20_000,
    logFile: path.join(folder, 'log'),
  };
  const script = `
    const { runSuite } = await import(${JSON.stringify(suiteUrl)});
    console.log(JSON.stringify(await runSuite(${JSON.stringify(options)})));`;
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  await writeFile(path.join(folder, 'runner.mjs'), script);
  const { stdout } = await execute(process.execPath, [path.join(folder, 'runner.mjs')], { env });
  const outcome = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Outcome;
  return { ...outcome, log: await readFile(options.logFile, 'utf8') };
}

const header = "import { describe, test } from 'node:test';\n";

test('runSuite() counts tests, not suites, and keeps the reasons of skips', async (context) => {
  const outcome = await runFiles(context, {
    'a.test.mjs': `${header}describe('s', () => { test('one', () => {}); test('two', () => {}); });
      test('three', { skip: 'no database here' }, () => {}); test('four', { todo: true }, () => {});`,
    'b.test.mjs': `${header}test('five', () => {});`,
  });
  assert.deepEqual([outcome.passed, outcome.failed, outcome.skipped], [3, 0, 2]);
  assert.match(outcome.skips[0] ?? '', /^three \(.*a\.test\.mjs:\d+\): no database here$/);
  assert.match(outcome.skips[1] ?? '', /^four \(.*\): marked as todo$/);
  assert.match(outcome.log, /five/);
});

test('runSuite() reports a failing test with its place and its error', async (context) => {
  const outcome = await runFiles(context, {
    'a.test.mjs': `${header}test('bad', () => { throw new Error('the reason'); }); test('good', () => {});`,
  });
  assert.deepEqual([outcome.passed, outcome.failed], [1, 1]);
  assert.match(outcome.failures[0] ?? '', /^bad \(.*a\.test\.mjs:\d+\)\n {4}Error: the reason/);
});

test('runSuite() fails a file that does not load, holds no test, or dies', async (context) => {
  for (const [text, expected] of [
    ['const = 1;', /a\.test\.mjs/],
    ['', /holds no test$/],
    [`${header}test('one', () => {}); process.kill(process.pid, 'SIGKILL');`, /a\.test\.mjs/],
  ] as const) {
    const outcome = await runFiles(context, { 'a.test.mjs': text });
    assert.deepEqual([outcome.passed, outcome.failed], [0, 1], text);
    assert.match(outcome.failures[0] ?? '', expected, text);
  }
});

test('runSuite() counts tests that a helper in another file declares', async (context) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-suite-helper-'));
  context.after(() => rm(folder, { recursive: true }));
  const helper = path.join(folder, 'helper.mjs');
  await writeFile(helper, `${header}export const declare = () => test('from the helper', () => {});`);
  const outcome = await runFiles(context, {
    'a.test.mjs': `import { declare } from ${JSON.stringify(helper)}; declare();`,
  });
  assert.deepEqual([outcome.passed, outcome.failed], [1, 0]);
});
