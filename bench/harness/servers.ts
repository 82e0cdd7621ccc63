// Decides which servers benchmarks compare: a gateway, Socket.IO, and the bare ones below them.
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import {
  createGateway,
  type Gateway,
  type GatewayConfigInput,
  readGatewayConfig,
} from '../../packages/gateway/src/index.ts';
import { benchGate } from './tokens.ts';

/** A server on a port of its own. */
export interface Listening {
  port: number;
  close(): void;
}

/** A server that can say how many of its connections are as they should be: subscribed, answered. */
export interface Counting extends Listening {
  connections(): number;
}

/** The key of the server API in benchmarks. */
export const apiKey = 'only-for-benchmarks';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const oneHourMs = 3_600_000;

/** A gateway in which everything is allowed and no ping disturbs. */
export async function listenGateway(input: GatewayConfigInput = {}): Promise<Counting & { gateway: Gateway }> {
  const read = readGatewayConfig({
    ...input,
    client: {
      insecure: true,
      ping_interval: '10m',
      pong_timeout: '1m',
      presence_update_interval: '1h',
      ...input.client,
    },
    http_api: { key: apiKey },
  });
  if (!read.ok) throw new Error(read.problems.join('; '));
  const gateway = createGateway({ config: read.config, tokens: benchGate, log: silent, name: 'bench', version: '0' });
  const server = createHttpServer((request, response) => void gateway.handleRequest(request, response));
  server.on('upgrade', (request, socket, head) => void gateway.handleUpgrade(request, socket, head));
  return {
    gateway,
    port: await listen(server),
    connections: () => gateway.stats().subscriptions,
    close() {
      void gateway.shutdown();
      server.close();
    },
  };
}

/** ws as its documentation sets it up for many connections; answers the first message of each. */
export async function listenBareWs(): Promise<Counting> {
  const wss = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  let connections = 0;
  const server = createHttpServer();
  server.on('upgrade', (request, socket, head) =>
    wss.handleUpgrade(request, socket, head, (ws) => {
      ws.on('message', () => {
        connections += 1;
        ws.send('{}');
      });
    }),
  );
  return { port: await listen(server), connections: () => connections, close: () => server.close() };
}

/** Socket.IO over WebSocket only, everyone in one room; what is posted goes to the room as one event. */
export async function listenSocketIo(): Promise<Counting> {
  const server = createHttpServer();
  answerPosts(server, (body) => {
    const { data } = JSON.parse(body) as { data: unknown };
    io.to('fan-out').emit('publication', data);
    return '{"result":{}}';
  });
  const io = new SocketIo(server, { transports: ['websocket'], serveClient: false, pingInterval: oneHourMs });
  let connections = 0;
  io.on('connection', (socket) => {
    void socket.join('fan-out');
    connections += 1;
  });
  return { port: await listen(server), connections: () => connections, close: () => void io.close() };
}

/** node:http that reads a body and sends it back. */
export async function listenBareHttp(): Promise<Counting> {
  const server = createHttpServer();
  answerPosts(server, (body) => body);
  return { port: await listen(server), connections: () => 0, close: () => server.close() };
}

/** A TCP server that keeps its sockets. */
export async function listenTcp(): Promise<Listening & { sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    sockets.push(socket);
  });
  return { port: await listen(server), sockets, close: () => server.close() };
}

function answerPosts(server: HttpServer, work: (body: string) => string): void {
  server.on('request', (request: IncomingMessage, response) => {
    if (request.method !== 'POST') return;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const answer = work(Buffer.concat(chunks).toString());
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve((server.address() as AddressInfo).port));
  });
}
