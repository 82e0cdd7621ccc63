// Measures what one look at the metrics costs a busy server, beside a look at one that has done nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { below, median, numberOption, report } from './harness/report.ts';
import { listenGateway } from './harness/servers.ts';
import { greetingFrame, payload as data, Subscribers } from './harness/subscribers.ts';

const subscribers = numberOption('subscribers', 5_000);
const namespaces = numberOption('namespaces', 50);
const rounds = numberOption('rounds', 30);

const names = Array.from({ length: namespaces }, (_, at) => `n${at}`);
const options = { history_size: 10, history_ttl: '1m', presence: true };
const gateway = await listenGateway({
  prometheus: { enabled: true },
  channel: { namespaces: names.map((name) => ({ name, ...options })) },
});
const { scrape, serverApi } = gateway.gateway;
if (scrape === undefined) throw new Error('metrics are not served');

/** Milliseconds from the question to the text, the middle of some; and how long the text is. */
async function look(): Promise<{ ms: number; bytes: number }> {
  const taken: number[] = [];
  let bytes = 0;
  for (let round = -3; round < rounds; round += 1) {
    await delay(20);
    const startedAt = performance.now();
    const text = await scrape?.();
    // The first looks warm up.
    if (round >= 0) taken.push(performance.now() - startedAt);
    bytes = text?.length ?? 0;
  }
  return { ms: median(taken), bytes };
}

const idle = await look();
const clients = new Subscribers();
const perNamespace = Math.ceil(subscribers / namespaces);
for (const name of names) {
  const greeting = greetingFrame('json', `${name}:channel`);
  await clients.connect({ port: gateway.port, count: perNamespace, path: '/connection/websocket', greeting });
}
while (gateway.connections() < perNamespace * namespaces) await delay(5);
for (const name of names) {
  const channel = `${name}:channel`;
  await serverApi.call('publish', { channel, data });
  await serverApi.call('history', { channel });
  await serverApi.call('presence', { channel });
}
const busy = await look();
report([
  below({ name: 'scrape, nothing done', unit: 'ms', value: idle.ms, target: 20 }),
  below({ name: `scrape, ${namespaces} namespaces, ${subscribers} clients`, unit: 'ms', value: busy.ms, target: 20 }),
  { name: 'text of that scrape', unit: 'KiB', value: busy.bytes / 1024 },
]);
process.exit();
