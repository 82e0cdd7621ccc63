// A gateway on a real port with everything that tests turn and look at.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type Json, rawJson } from '@parley/protocol';
import { Centrifuge, type Options } from 'centrifuge';
import { WebSocket } from 'ws';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { Log } from '../log.ts';
import type { ConnectionGrant, SubscriptionGrant, TokenAnswer, TokenGate } from '../token-gate.ts';

/** A line that was logged. */
export interface LogLine {
  level: keyof Log;
  message: string;
  fields: Record<string, unknown>;
}

/** A gateway, its address and its log. */
export interface GatewayUnderTest {
  gateway: Gateway;
  server: Server;
  /** `ws://…/connection/websocket` */
  url: string;
  /** `http://…` */
  httpUrl: string;
  logged: LogLine[];
  /** An official client that is closed with the test. */
  client: (options?: Partial<Options>) => Centrifuge;
}

/**
 * Tokens are JSON in tests: `{"user":"42"}`, or `{"problem":"expired"}`; what is no JSON is invalid.
 */
export const jsonTokens: TokenGate = {
  connection: (token) => readToken<ConnectionGrant>(token),
  subscription: (token) => readToken<SubscriptionGrant>(token),
};

/** A test token: members as in `ConnectionGrant` and `SubscriptionGrant`, payloads as values. */
export function tokenOf(claims: { [name: string]: unknown; user?: string; problem?: string }): string {
  return JSON.stringify(claims);
}

/** Starts a gateway for one test and ends it after the test. */
export async function startGateway(
  t: TestContext,
  config: GatewayConfigInput,
  options: Partial<GatewayOptions> = {},
): Promise<GatewayUnderTest> {
  const read = readGatewayConfig(config);
  if (!read.ok) throw new Error(read.problems.join('; '));
  const logged: LogLine[] = [];
  const gateway = createGateway({
    config: read.config,
    tokens: jsonTokens,
    log: collectLog(logged),
    name: 'test',
    version: '0.0.0',
    ...options,
  });
  const server = createServer((request, response) => {
    if (!gateway.handleRequest(request, response)) response.writeHead(404).end();
  });
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.handleUpgrade(request, socket, head)) socket.destroy();
  });
  const address = await listen(server);
  const clients: Centrifuge[] = [];
  t.after(async () => {
    for (const client of clients) client.disconnect();
    await gateway.shutdown();
    server.closeAllConnections();
    server.close();
  });
  const url = `ws://${address}/connection/websocket`;
  return {
    gateway,
    server,
    url,
    httpUrl: `http://${address}`,
    logged,
    client(clientOptions) {
      const client = new Centrifuge(url, {
        websocket: WebSocket,
        minReconnectDelay: 5,
        maxReconnectDelay: 20,
        ...clientOptions,
      });
      clients.push(client);
      return client;
    },
  };
}

function readToken<Grant>(token: string): TokenAnswer<Grant> {
  let claims: Grant | { problem: 'expired' | 'invalid' | 'unavailable' };
  try {
    claims = JSON.parse(token, withPayloads) as Grant;
  } catch {
    return { ok: false, problem: 'invalid', reason: 'no JSON' };
  }
  const problem = (claims as { problem?: 'expired' | 'invalid' | 'unavailable' }).problem;
  return problem === undefined
    ? { ok: true, claims: claims as Grant }
    : { ok: false, problem, reason: 'the test says so' };
}

const payloads = new Set(['info', 'data', 'meta']);

function withPayloads(name: string, value: unknown): unknown {
  return payloads.has(name) && typeof value !== 'string' ? rawJson(value as Json) : value;
}

function collectLog(logged: LogLine[]): Log {
  const at = (level: keyof Log) => (fields: Record<string, unknown>, message: string) => {
    logged.push({ level, message, fields });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
