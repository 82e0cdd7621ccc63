import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { runCommand } from './command.ts';
import type { Outcome } from './tally.ts';

async function run(context: TestContext, command: string, args: string[]): Promise<Outcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-command-'));
  context.after(() => rm(folder, { recursive: true }));
  return runCommand({ name: 'it', command, args, cwd: folder, logFile: path.join(folder, 'log') });
}

test('runCommand() passes when the process exits with 0', async (context) => {
  const outcome = await run(context, process.execPath, ['-e', '']);
  assert.deepEqual(outcome, { passed: 1, failed: 0, skipped: 0, failures: [], skips: [] });
});

test('runCommand() fails with the output when the process exits with another code', async (context) => {
  const outcome = await run(context, process.execPath, ['-e', "console.error('the reason'); process.exit(3)"]);
  assert.deepEqual([outcome.passed, outcome.failed], [0, 1]);
  assert.match(outcome.failures[0] ?? '', /^it ended with 3 \(whole output: .*\)\n {4}the reason$/);
});

test('runCommand() fails when the process is killed or cannot be started', async (context) => {
  const killed = await run(context, process.execPath, ['-e', "process.kill(process.pid, 'SIGKILL')"]);
  assert.match(killed.failures[0] ?? '', /^it ended with SIGKILL/);
  const missing = await run(context, './no-such-program', []);
  assert.match(missing.failures[0] ?? '', /^it could not be started: .*ENOENT/);
});
