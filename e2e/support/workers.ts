// Decides how tests run one gateway as several processes, and what they ask of it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { makeFolder, startGateway, type TestGateway } from './gateway.ts';

/** The key of the server API of these gateways. */
export const apiKey = 'an-api-key-for-tests-of-more-than-twenty';

/** A gateway of several processes. */
export interface TestWorkers extends TestGateway {
  readonly folder: string;
}

/** Starts a gateway with this number of workers; its supervisor's process id is in its folder. */
export async function startWorkers(t: TestContext, count: number, config: object): Promise<TestWorkers> {
  const folder = await makeFolder(t);
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ http_api: { key: apiKey }, ...config }));
  const gateway = await startGateway(t, { folder, args: ['--workers', String(count), '--pid_file', 'gateway.pid'] });
  return { ...gateway, folder };
}

/** Calls the server API. Rejects if the process that took the call dies of it, or does not answer for 15 s. */
export async function call<Result>(gateway: TestGateway, method: string, body: object): Promise<Result> {
  const response = await fetch(`${gateway.url}/api/${method}`, {
    method: 'POST',
    headers: { 'X-API-Key': apiKey },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  return ((await response.json()) as { result: Result }).result;
}

/** The process id of the supervisor. */
export async function supervisorPid({ folder }: TestWorkers): Promise<number> {
  return Number(await readFile(path.join(folder, 'gateway.pid'), 'utf8'));
}

/** The processes that a process has started and that have not ended. */
export async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.join(' ').trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Process ids of the workers. */
export async function workerPids(workers: TestWorkers): Promise<number[]> {
  return childrenOf(await supervisorPid(workers));
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
