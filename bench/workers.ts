// Measures how much more one server delivers with two worker processes: what its busiest process spends on a delivery.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { cpuMicroseconds } from './harness/process-cpu.ts';
import { atLeast, median, numberOption, report } from './harness/report.ts';
import { greetingFrame, pathOf, payload as data, Subscribers } from './harness/subscribers.ts';

const subscribers = numberOption('subscribers', 1_000);
const rounds = numberOption('rounds', 3);
const channel = 'fan-out';
const key = 'key-of-the-benchmark-and-of-nobody-else';

/** How publishes come: over so many connections, one at a time on each. */
const shapes = [
  { name: '1 a turn', lanes: 1, publishes: numberOption('publishes', 320), target: 1.7 },
  { name: '64 in flight', lanes: 64, publishes: numberOption('publishes', 320) * 10 },
] as const;
const folder = mkdtempSync(path.join(tmpdir(), 'parley-bench-'));
const config = {
  http_server: { address: '127.0.0.1', port: 0 },
  client: { insecure: true, ping_interval: '10m', presence_update_interval: '10m' },
  http_api: { key },
  log: { level: 'warn' },
  channel: { without_namespace: { history_size: 100, history_ttl: '10m', force_recovery: true } },
};
const file = path.join(folder, 'config.json');
writeFileSync(file, JSON.stringify(config));

interface Contestant {
  readonly child: ChildProcess;
  readonly port: number;
  readonly clients: Subscribers;
  /** CPU microseconds per delivery of the busiest process, of the first (it holds the engine) and of all together, for each shape. */
  readonly busiest: number[][];
  readonly first: number[][];
  readonly all: number[][];
  published: number;
}

async function start(workers: number): Promise<Contestant> {
  const launcher = fileURLToPath(new URL('../packages/parley/bin/parley.mjs', import.meta.url));
  const child = spawn(process.execPath, [launcher, 'gateway', '--json', '-c', file, '--workers', String(workers)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const port = Number(new URL((JSON.parse(line) as { url: string }).url).port);
  const clients = new Subscribers();
  await clients.connect({
    port,
    count: subscribers,
    path: pathOf('json'),
    greeting: greetingFrame('json', channel),
  });
  const contestant: Contestant = {
    child,
    port,
    clients,
    busiest: shapes.map(() => []),
    first: shapes.map(() => []),
    all: shapes.map(() => []),
    published: 0,
  };
  while ((await subscribed(port)) < subscribers) await delay(20);
  return contestant;
}

async function ask<Result>(port: number, method: string, body: object): Promise<Result> {
  const response = await fetch(`http://127.0.0.1:${port}/api/${method}`, {
    method: 'POST',
    headers: { 'X-API-Key': key },
    body: JSON.stringify(body),
  });
  return ((await response.json()) as { result: Result }).result;
}

async function subscribed(port: number): Promise<number> {
  const { channels } = await ask<{ channels: Record<string, { num_clients: number }> }>(port, 'channels', {});
  return channels[channel]?.num_clients ?? 0;
}

/** @throws if the server has made more or fewer publications than were ordered, or delivered another number of them */
async function checkExact({ port, published, clients }: Contestant): Promise<void> {
  const { offset } = await ask<{ offset: number }>(port, 'history', { channel });
  if (offset !== published) throw new Error(`${published} publications were ordered, ${offset} were made`);
  await clients.haveReceived(published * subscribers);
}

/** The process and those that it started. */
function processesOf({ child }: Contestant): number[] {
  const tasks = readdirSync(`/proc/${child.pid}/task`);
  const children = tasks.map((task) => readFileSync(`/proc/${child.pid}/task/${task}/children`, 'utf8'));
  return [child.pid ?? 0, ...children.join(' ').trim().split(/\s+/).filter(Boolean).map(Number)];
}

async function measure(contestant: Contestant, shape: number, round: number): Promise<void> {
  const { lanes, publishes } = shapes[shape] ?? shapes[0];
  const pids = processesOf(contestant);
  const request = postRequest('/api/publish', { channel, data }, { 'X-API-Key': key });
  const load = await HttpLoad.open(contestant.port, lanes);
  const before = pids.map(cpuMicroseconds);
  await load.send(() => request, publishes, 1);
  load.close();
  contestant.published += publishes;
  await checkExact(contestant);
  const spent = pids.map((pid, at) => (cpuMicroseconds(pid) - (before[at] ?? 0)) / (publishes * subscribers));
  // The first round warms up.
  if (round < 0) return;
  contestant.busiest[shape]?.push(Math.max(...spent));
  contestant.first[shape]?.push(spent[0] ?? 0);
  contestant.all[shape]?.push(spent.reduce((sum, value) => sum + value));
}

const one = await start(1);
const two = await start(2);
for (let round = -1; round < rounds; round += 1) {
  for (const shape of shapes.keys()) {
    for (const contestant of [one, two]) await measure(contestant, shape, round);
  }
}
report(
  shapes.flatMap((shape, at) => {
    const [single, double] = [one, two].map(({ busiest }) => median(busiest[at] ?? [])) as [number, number];
    const unit = 'µs CPU/delivery';
    const gain = { name: `${shape.name}: deliveries before a core is full, two workers to one`, unit: 'times' };
    return [
      { name: `${shape.name}: one process`, unit, value: single },
      { name: `${shape.name}: busiest of two workers and engine`, unit, value: double },
      { name: `${shape.name}: engine alone`, unit, value: median(two.first[at] ?? []) },
      { name: `${shape.name}: all three together`, unit, value: median(two.all[at] ?? []) },
      'target' in shape
        ? atLeast({ ...gain, value: single / double, target: shape.target })
        : { ...gain, value: single / double },
    ];
  }),
);
for (const { child, clients } of [one, two]) {
  clients.end();
  child.kill('SIGTERM');
  await once(child, 'exit');
}
rmSync(folder, { recursive: true });
process.exit();
