// Decides which servers benchmarks compare: a gateway, bare ws, and a bare TCP socket.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
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

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A gateway in which everything is allowed and no ping disturbs. */
export async function listenGateway(input: GatewayConfigInput = {}): Promise<Listening & { gateway: Gateway }> {
  const read = readGatewayConfig({
    ...input,
    client: {
      insecure: true,
      ping_interval: '1h',
      pong_timeout: '1m',
      presence_update_interval: '1h',
      ...input.client,
    },
  });
  if (!read.ok) throw new Error(read.problems.join('; '));
  const gateway = createGateway({ config: read.config, tokens: benchGate, log: silent, name: 'bench', version: '0' });
  const server = createHttpServer();
  server.on('upgrade', (request, socket, head) => void gateway.handleUpgrade(request, socket, head));
  const port = await listen(server);
  return {
    gateway,
    port,
    close() {
      void gateway.shutdown();
      server.close();
    },
  };
}

/** ws as its documentation sets it up for many connections; answers the first message of each. */
export async function listenBareWs(): Promise<Listening & { connections(): number }> {
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

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve((server.address() as AddressInfo).port));
  });
}
