// Measures the whole server under a steady load: durable messages at a rate, posted to many rooms, while a fan-out goes on beside them.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { RealtimeToken, Room } from '@parley/contract';
import { type Account, createRoom, join, setUp } from '../e2e/support/account.ts';
import { type RunningServer, startServer } from '../e2e/support/server.ts';
import type { Load, LoadReport } from './durable-messages/load.ts';
import type { AgesOrder, AgesResult } from './harness/ages-child.ts';
import { bareInsert } from './harness/bare-insert.ts';
import { ask, startChild } from './harness/child.ts';
import { cpuMicroseconds } from './harness/process-cpu.ts';
import { atLeast, below, beside, numberOption, report } from './harness/report.ts';

const rate = numberOption('rate', 1_500);
const seconds = numberOption('seconds', 15);
const rooms = numberOption('rooms', 50);
const people = numberOption('people', 10);
const subscribers = numberOption('subscribers', 1_000);
const publishesPerSecond = numberOption('publishes', 10);
const WARM_UP_SECONDS = 3;
const SOCKETS = 128;

const run = promisify(execFile);

/** People who write, each a member of every busy room. */
async function populate(server: RunningServer, ana: Account): Promise<Pick<Load, 'tokens' | 'roomIds'>> {
  const writers: Account[] = [];
  for (let number = 0; number < people; number += 1) writers.push(await join(server.url, ana, `Writer${number}`));
  const roomIds: string[] = [];
  for (let number = 0; number < rooms; number += 1) {
    const room = await ana.call<Room>('POST', '/v1/rooms', { name: `Busy ${number}`, isPrivate: false });
    for (const writer of writers) await writer.call('POST', `/v1/rooms/${room.id}/join`);
    roomIds.push(room.id);
  }
  return { tokens: writers.map(({ accessToken }) => accessToken), roomIds };
}

/** Somebody who is in the quiet room only, with a thousand connections. */
async function subscribeMany(server: RunningServer, ana: Account, quiet: Room): Promise<ReturnType<typeof startChild>> {
  const watcher = await join(server.url, ana, 'Watcher', quiet.id);
  const { channel } = quiet;
  const connection = await watcher.call<RealtimeToken>('GET', '/v1/realtime/connection-token');
  const subscription = await watcher.call<RealtimeToken>('POST', '/v1/realtime/subscription-token', { channel });
  const greeting =
    `${JSON.stringify({ id: 1, connect: { token: connection.token } })}\n` +
    JSON.stringify({ id: 2, subscribe: { channel, token: subscription.token } });
  const child = startChild('./ages-child.ts');
  const port = Number(new URL(server.url).port);
  await ask(child, { port, connections: subscribers, greetings: [greeting] } satisfies AgesOrder);
  return child;
}

/** Publishes into a channel at the rate until `isOver`; gives the number of publications. */
async function publish(server: RunningServer, channel: string, isOver: () => boolean): Promise<number> {
  const key = readFileSync(joinPath(server.data, 'api-key'), 'utf8').trim();
  const startedAt = performance.now();
  let sent = 0;
  while (!isOver()) {
    const at = performance.timeOrigin + performance.now();
    const response = await fetch(`${server.url}/api/publish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ channel, data: { at, text: 'x'.repeat(100) } }),
    });
    const body = await response.text();
    if (!response.ok || body.includes('"error"')) throw new Error(`publish: ${response.status} ${body}`);
    sent += 1;
    await delay(Math.max(0, startedAt + (sent * 1_000) / publishesPerSecond - performance.now()));
  }
  return sent;
}

async function load(options: Load): Promise<LoadReport> {
  const script = joinPath(import.meta.dirname, 'durable-messages', 'load.ts');
  const { stdout } = await run(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(stdout) as LoadReport;
}

/** Waits until every subscriber has everything that was published. */
async function receive(child: ReturnType<typeof startChild>, publications: number): Promise<AgesResult> {
  const expected = publications * subscribers;
  for (let tries = 0; ; tries += 1) {
    const result = await ask<AgesResult>(child, 'result');
    if (result.received === expected) return result;
    if (tries > 100) throw new Error(`${result.received} of ${expected} deliveries arrived`);
    await delay(50);
  }
}

const server = await startServer({ NODE_ENV: '', LOG_LEVEL: 'warn', PARLEY_RATE_LIMIT_FACTOR: '1000' });
try {
  const ana = await setUp(server.url, server.setupLink());
  const quiet = await createRoom(ana, 'quiet');
  const senders = await populate(server, ana);
  const child = await subscribeMany(server, ana, quiet);
  const options = { port: Number(new URL(server.url).port), sockets: SOCKETS, rate, ...senders };
  await load({ ...options, seconds: WARM_UP_SECONDS });
  const state = { isOver: false };
  const publishing = publish(server, quiet.channel, () => state.isOver);
  const before = cpuMicroseconds(server.pid());
  const result = await load({ ...options, seconds });
  state.isOver = true;
  const publications = await publishing;
  const cpu = cpuMicroseconds(server.pid()) - before;
  const ages = await receive(child, publications);
  if (result.refused > 0) throw new Error(`${result.refused} messages were refused`);
  const name = `sustained ${rate}/s`;
  report([
    // A message that falls due in the last instants is answered after the end: 1 % is left to that.
    atLeast({
      name: `${name}: acknowledged`,
      unit: 'messages/s',
      value: result.accepted / result.seconds,
      target: rate * 0.99,
    }),
    { name: `${name}: answer p50`, unit: 'ms', value: result.latenciesMs.p50 },
    { name: `${name}: answer p99`, unit: 'ms', value: result.latenciesMs.p99 },
    { name: `${name}: fan-out to ${subscribers} p50`, unit: 'ms', value: ages.p50 },
    below({ name: `${name}: fan-out to ${subscribers} p99`, unit: 'ms', value: ages.p99, target: 100 }),
    beside({
      name: `${name}: server CPU with the fan-out`,
      unit: 'µs CPU/message',
      value: cpu / result.accepted,
      floor: bareInsert().cpuMicroseconds,
    }),
  ]);
  child.kill();
} finally {
  await server.close();
}
