import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { LAUNCHER } from './support/command.ts';
import { makeFolder } from './support/gateway.ts';
import { until } from './support/server.ts';
import { call, childrenOf, isAlive, startWorkers, supervisorPid, workerPids } from './support/workers.ts';

const config = { client: { insecure: true } };

interface Starting {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<unknown[]>;
  readonly output: () => string;
  /** The workers, as soon as all are there, which is long before they are ready. */
  readonly forked: () => Promise<number[]>;
}

/** Starts two workers without waiting for anything. */
async function startOnly(t: TestContext, port: number): Promise<Starting> {
  const args = [LAUNCHER, 'gateway', '--json', '-a', '127.0.0.1', '-p', String(port), '--workers', '2'];
  const child = spawn(process.execPath, args, { cwd: await makeFolder(t), stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const { pid = 0 } = child;
  const forked = () =>
    until('two workers', async () => {
      const pids = await childrenOf(pid);
      return pids.length === 2 && pids;
    });
  return { child, pid, ended: once(child, 'exit'), output: () => output, forked };
}

test('a worker that hangs is ended and replaced; until then who asks all workers waits, and no longer', async (t) => {
  const workers = await startWorkers(t, 2, config);
  const clients = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const client = workers.client({ minReconnectDelay: 20, maxReconnectDelay: 100 });
      client.connect();
      await client.ready(5_000);
      return client;
    }),
  );
  const lost = clients.map((client) => new Promise((resolve) => client.on('connecting', resolve)));
  const [victim = 0] = await workerPids(workers);
  process.kill(victim, 'SIGSTOP');
  // One request may be handed to the process that hangs; nobody answers that one.
  await until('an answer', () => call(workers, 'info', {}).catch(() => undefined), 40_000);
  await Promise.race(lost);
  await Promise.all(clients.map((client) => client.ready(10_000)));
  await until('another worker', async () => {
    const { nodes } = await call<{ nodes: object[] }>(workers, 'info', {});
    return nodes.length === 2;
  });
  assert.equal(isAlive(victim), false);
  const reasons = workers.logged.map((line) => (line as { reason?: string }).reason);
  assert.ok(reasons.includes('the process gives no sign of life'), reasons.join());
});

test('workers end by themselves when their supervisor is killed', async (t) => {
  const workers = await startWorkers(t, 2, config);
  const pids = await workerPids(workers);
  assert.equal(pids.length, 2);
  process.kill(await supervisorPid(workers), 'SIGKILL');
  await until('all are gone', () => !pids.some(isAlive));
});

test('a port that is in use is named, and everything ends with code 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const { ended, output, forked } = await startOnly(t, port);
  const pids = await forked();
  assert.deepEqual(await ended, [1, null]);
  assert.ok(output().includes(`127.0.0.1:${port} is in use; choose another with --http_server.port`), output());
  assert.ok(output().includes('a worker could not start; its reason stands above'), output());
  assert.deepEqual(pids.filter(isAlive), []);
});

test('a worker that dies before all are ready ends the start with code 1', async (t) => {
  const { ended, output, forked } = await startOnly(t, 0);
  const pids = await forked();
  process.kill(pids[0] ?? 0, 'SIGKILL');
  assert.deepEqual(await ended, [1, null]);
  assert.ok(output().includes('a worker could not start'), output());
  assert.deepEqual(pids.filter(isAlive), []);
});

test('SIGTERM during the start ends everything in order', async (t) => {
  const { child, ended, forked, output } = await startOnly(t, 0);
  const pids = await forked();
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], output());
  assert.deepEqual(pids.filter(isAlive), []);
});

test('SIGHUP during the start is heard when the workers are ready, and ends nobody', async (t) => {
  const { child, ended, forked, output } = await startOnly(t, 0);
  await forked();
  child.kill('SIGHUP');
  const inForce = 'the new options of client and channel are in force';
  await until('both have read again', () => output().split(inForce).length === 3);
  assert.ok(output().includes('"ok":true'), output());
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});
