import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ROOT } from './support/command.ts';
import { freePort, until } from './support/server.ts';

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

/** Runs `npm start` as a shell of the person would, and resolves when the server answers. */
async function npmStart(context: TestContext): Promise<{ url: string; kill: (signal: NodeJS.Signals) => void }> {
  const data = await mkdtemp(path.join(tmpdir(), 'parley-npm-'));
  const port = await freePort();
  const npm = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), PARLEY_DATA: data, NODE_ENV: 'development' },
    stdio: 'ignore',
    detached: true,
  });
  context.after(async () => {
    try {
      process.kill(-(npm.pid ?? 0), 'SIGKILL');
    } catch {
      // The whole group has ended, as it should.
    }
    await rm(data, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await until('npm start to answer', () => answers(url), 60_000);
  return { url, kill: (signal) => npm.kill(signal) };
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`npm start: ${signal} to npm alone ends the server too`, { timeout: 120_000 }, async (context) => {
    const { url, kill } = await npmStart(context);
    kill(signal);
    await until('the server to be gone', async () => !(await answers(url)), 20_000);
    assert.equal(await answers(url), false);
  });
}
