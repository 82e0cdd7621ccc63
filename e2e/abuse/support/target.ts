// Decides what is attacked: `parley gateway` with default bounds in a process of its own, next to a backend that hangs, and how it is watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, startGateway, type TestGateway } from '../../support/gateway.ts';
import { until } from '../../support/server.ts';
import { apiKey, pollSecret } from './attacks.ts';

/** Connections that the server lets in. */
export const connectionLimit = 400;

/** A gateway under attack. */
export interface Target extends TestGateway {
  port: number;
  /** Memory of the process, in bytes. */
  residentBytes(): Promise<number>;
  /** Connections that the server knows. */
  connections(): Promise<number>;
  /** Attacks until the returned function is called. */
  attack(name: string): Promise<() => Promise<void>>;
}

/** Starts gateway and backend; both end with the test. */
export async function startTarget(t: TestContext): Promise<Target> {
  const folder = await makeFolder(t);
  const backend = await startHangingBackend(t);
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(configuration(backend)));
  const gateway = await startGateway(t, { folder, args: ['--pid_file', 'gateway.pid'] });
  const pid = (await readFile(path.join(folder, 'gateway.pid'), 'utf8')).trim();
  const port = Number(new URL(gateway.url).port);
  return {
    ...gateway,
    port,
    async residentBytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async connections() {
      const response = await fetch(`${gateway.url}/api/info`, {
        method: 'POST',
        headers: { 'X-API-Key': apiKey },
        body: '{}',
      });
      const { result } = (await response.json()) as { result: { nodes: { num_clients: number }[] } };
      return result.nodes.reduce((sum, { num_clients: count }) => sum + count, 0);
    },
    attack: (name) => startAttack(t, name, port),
  };
}

function configuration(backend: string): object {
  return {
    client: {
      insecure: true,
      ping_interval: '2s',
      pong_timeout: '1s',
      stale_close_delay: '2s',
      connection_limit: connectionLimit,
    },
    http_api: { key: apiKey },
    websocket: { compression: true },
    http_stream: { enabled: true },
    sse: { enabled: true },
    rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: backend, timeout: '1s' } },
    shared_poll: { hmac_secret_key: pollSecret },
    channel: {
      without_namespace: { history_size: 10, history_ttl: '60s', allow_tags_filter: true },
      proxy: { shared_poll_refresh: { endpoint: backend, timeout: '1s' } },
      namespaces: [
        { name: 'map', subscription_type: 'map', map: { mode: 'recoverable', key_ttl: '60s', min_page_size: 1 } },
        { name: 'poll', subscription_type: 'shared_poll', shared_poll: { refresh_interval: '1s' } },
      ],
    },
  };
}

/** An application that takes every question and answers none. */
async function startHangingBackend(t: TestContext): Promise<string> {
  const server: Server = createServer((request) => void request.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function startAttack(t: TestContext, name: string, port: number): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'attacker.ts'), name, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  // The first connections are made, and the first bytes are there.
  await delay(100);
  if (child.exitCode !== null) throw new Error(`the attack "${name}" ended by itself`);
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

/** Waits until only so many connections are left. */
export async function quietAgain(target: Target, connections: number): Promise<void> {
  await until(`${connections} connections are left`, async () => (await target.connections()) === connections, 10_000);
}
