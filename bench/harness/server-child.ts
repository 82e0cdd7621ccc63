// A child process that is one server, so that its memory and CPU are its own. Arguments: its kind, and JSON of options for a gateway.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GatewayConfigInput } from '../../packages/gateway/src/index.ts';
import { type Counting, listenBareHttp, listenBareWs, listenGateway, listenSocketIo } from './servers.ts';

/** The servers that a child can be. */
export type ServerKind = 'gateway' | 'bare-ws' | 'bare-http' | 'socket-io';

/** What a server child answers to `usage`: bytes after a collection, CPU microseconds, established connections. */
export interface Usage {
  rss: number;
  heapUsed: number;
  cpu: number;
  connections: number;
}

/** What a server child answers to `stalls`, in milliseconds, since it was asked before: the longest and the 99th percentile. */
export interface Stalls {
  max: number;
  p99: number;
}

const kinds: Readonly<Record<ServerKind, (input: GatewayConfigInput) => Promise<Counting>>> = {
  gateway: listenGateway,
  'bare-ws': listenBareWs,
  'bare-http': listenBareHttp,
  'socket-io': listenSocketIo,
};

// The parent is our own code.
const server = await kinds[process.argv[2] as ServerKind](JSON.parse(process.argv[3] ?? '{}') as GatewayConfigInput);
const delays = monitorEventLoopDelay({ resolution: 10 });

const answers: Readonly<Record<string, () => Usage | Stalls>> = {
  usage() {
    for (let count = 0; count < 3; count += 1) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heapUsed, cpu: user + system, connections: server.connections() };
  },
  stalls() {
    const stalls = { max: delays.max / 1e6, p99: delays.percentile(99) / 1e6 };
    delays.enable();
    delays.reset();
    return stalls;
  },
};

process.on('message', (question: string) => {
  if (question === 'end') process.exit();
  process.send?.(answers[question]?.() ?? {});
});
process.send?.({ port: server.port });
