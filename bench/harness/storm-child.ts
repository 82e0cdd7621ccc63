// A child process of clients that lose their connections all at once, come back all at once, and want what they missed.
import type { Socket } from 'node:net';
import { MarkCounter } from './mark-counter.ts';
import { clientFrame, inParallel, upgrade } from './raw-client.ts';
import { mark } from './subscribers.ts';
import { signToken } from './tokens.ts';

/** What a parent orders: clients spread over rooms `room-0` and so on; each will have missed so many publications. */
export interface StormOrder {
  port: number;
  clients: number;
  rooms: number;
  missed: number;
}

/** How the storm went. Times in milliseconds from its beginning to a client's last missed publication. */
export interface StormResult {
  recovered: number;
  failures: string[];
  timesMs: number[];
}

interface Client {
  readonly room: string;
  readonly token: string;
  epoch: string;
  offset: number;
  socket: Socket | undefined;
}

const clients: Client[] = [];

function greeting({ token, room, epoch, offset }: Client): Buffer {
  const where = epoch === '' ? '' : `,"recover":true,"epoch":"${epoch}","offset":${offset}`;
  return clientFrame(
    `{"id":1,"connect":{"token":"${token}"}}\n{"id":2,"subscribe":{"channel":"${room}","recoverable":true${where}}}`,
  );
}

async function arrive({ port, clients: count, rooms }: StormOrder): Promise<void> {
  await inParallel(count, 50, async (index) => {
    const client: Client = {
      room: `room-${index % rooms}`,
      token: signToken(`user-${index}`),
      epoch: '',
      offset: 0,
      socket: undefined,
    };
    client.socket = await upgrade(port, '/connection/websocket');
    client.socket.write(greeting(client));
    const text = await new Promise<string>((resolve) => client.socket?.once('data', (chunk) => resolve(String(chunk))));
    client.epoch = /"epoch":"(\w+)"/.exec(text)?.[1] ?? '';
    client.offset = Number(/"offset":(\d+)/.exec(text)?.[1] ?? 0);
    if (client.epoch === '') throw new Error(`no position in ${text}`);
    clients.push(client);
  });
}

/** Resolves when the client has what it missed. @throws if it cannot have it */
async function comeBack(client: Client, { port, missed }: StormOrder): Promise<void> {
  const socket = await upgrade(port, '/connection/websocket');
  client.socket = socket;
  const counter = new MarkCounter(mark);
  await new Promise<void>((resolve, reject) => {
    let received = 0;
    let isRecovered = false;
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk: Buffer) => {
      received += counter.count(chunk);
      isRecovered ||= chunk.includes('"recovered":true');
      if (received === missed && isRecovered) resolve();
      if (received > missed) reject(new Error('more than was missed'));
    });
    socket.write(greeting(client));
  });
}

async function storm(order: StormOrder): Promise<StormResult> {
  const result: StormResult = { recovered: 0, failures: [], timesMs: [] };
  const startedAt = performance.now();
  const work = clients.map(async (client) => {
    try {
      await comeBack(client, order);
      result.recovered += 1;
      result.timesMs.push(performance.now() - startedAt);
    } catch (error) {
      if (result.failures.length < 5) result.failures.push(String(error));
    }
  });
  await Promise.all(work);
  return result;
}

process.on('message', ({ order, step }: { order: StormOrder; step: 'arrive' | 'drop' | 'storm' }) => {
  if (step === 'arrive') void arrive(order).then(() => process.send?.('arrived'));
  else if (step === 'storm') void storm(order).then((result) => process.send?.(result));
  else {
    for (const { socket } of clients) socket?.resetAndDestroy();
    process.send?.('dropped');
  }
});
