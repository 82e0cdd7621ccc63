// A child process that is one server, so that its memory and CPU are its own. Argument: `gateway` or `bare-ws`.
import { listenBareWs, listenGateway } from './servers.ts';

/** What a server child answers to `usage`: resident bytes after a collection, CPU microseconds, established connections. */
export interface Usage {
  rss: number;
  cpu: number;
  connections: number;
}

const { port, connections } = await start(process.argv[2] ?? '');
process.send?.({ port });
process.on('message', () => {
  for (let count = 0; count < 3; count += 1) globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const usage: Usage = { rss: process.memoryUsage.rss(), cpu: user + system, connections: connections() };
  process.send?.(usage);
});

async function start(kind: string): Promise<{ port: number; connections: () => number }> {
  if (kind === 'bare-ws') return listenBareWs();
  const { port, gateway } = await listenGateway();
  return { port, connections: () => gateway.stats().subscriptions };
}
