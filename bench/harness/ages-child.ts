// A child process of subscribers that note how old each publication is when it arrives; a publication carries its birth as `at`.
import { clientFrame, inParallel, upgrade } from './raw-client.ts';
import { percentile } from './report.ts';

/** What a parent orders: connections that send one of these texts each, by turns, and then listen. */
export interface AgesOrder {
  port: number;
  connections: number;
  greetings: string[];
}

/** Publications received since the last `clear`, and their ages in milliseconds. */
export interface AgesResult {
  received: number;
  p50: number;
  p99: number;
}

const PING = Buffer.from([0x81, 0x02, 0x7b, 0x7d]);
const pong = clientFrame('{}');
const ages: number[] = [];

process.on('message', (order: AgesOrder | 'result' | 'clear') => {
  if (order === 'clear') {
    ages.length = 0;
    process.send?.('cleared');
    return;
  }
  if (order === 'result') {
    const result: AgesResult = { received: ages.length, p50: percentile(ages, 0.5), p99: percentile(ages, 0.99) };
    process.send?.(result);
    return;
  }
  const greetings = order.greetings.map(clientFrame);
  void inParallel(order.connections, 50, async (index) => {
    const socket = await upgrade(order.port, '/connection/websocket');
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes(PING)) socket.write(pong);
      rest = noteAges(rest + chunk.toString('latin1'));
    });
    socket.write(greetings[index % greetings.length] ?? '');
  }).then(() => process.send?.('connected'));
});

/** Notes the publications that have come whole; gives the end of the text, in which one may have been cut. */
function noteAges(text: string): string {
  const now = performance.timeOrigin + performance.now();
  let end = 0;
  for (const match of text.matchAll(/"at":([\d.]+),/g)) {
    ages.push(now - Number(match[1]));
    end = match.index + match[0].length;
  }
  return text.slice(Math.max(end, text.length - 64));
}
