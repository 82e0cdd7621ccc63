// A child process that is the least a durable message can be: a bare HTTP server that writes a page, flushes it, then tells one raw socket.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the child listens: `post` takes messages over HTTP, `subscribe` is a raw TCP port that gets each body. */
export interface FloorPorts {
  post: number;
  subscribe: number;
}

const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
const file = await open(join(folder, 'floor'), 'w');
const page = Buffer.alloc(4_096);
const subscribers: Socket[] = [];

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  await file.write(page);
  await file.datasync();
  const body = Buffer.concat(chunks);
  response.writeHead(201, { 'content-type': 'application/json' }).end(body);
  for (const socket of subscribers) socket.write(body);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const post = await listen(createHttpServer((request, response) => void take(request, response)));
const subscribe = await listen(createTcpServer((socket) => void subscribers.push(socket.setNoDelay(true))));
process.send?.({ post, subscribe } satisfies FloorPorts);
process.on('message', () => {
  void rm(folder, { recursive: true, force: true }).then(() => process.exit());
});
