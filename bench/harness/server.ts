// Decides how a benchmark has a server in a process of its own, and how it profiles one.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayConfigInput } from '../../packages/gateway/src/index.ts';
import { ask, startChild } from './child.ts';
import type { ServerKind, Stalls, Usage } from './server-child.ts';

/** A server in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts one. With `--profile DIRECTORY` on the command line it leaves a CPU profile there when it ends. */
  static async start(
    kind: ServerKind,
    options: { config?: GatewayConfigInput; execArgv?: string[] } = {},
  ): Promise<ServerProcess> {
    const child = startChild('./server-child.ts', {
      args: [kind, JSON.stringify(options.config ?? {})],
      execArgv: [...(options.execArgv ?? []), ...profiling(kind)],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new ServerProcess(child, port);
  }

  usage(): Promise<Usage> {
    return ask<Usage>(this.#child, 'usage');
  }

  /** How long the event loop stood still since the last call; the first call only begins to look. */
  stalls(): Promise<Stalls> {
    return ask<Stalls>(this.#child, 'stalls');
  }

  /** Waits until so many connections are as they should be. @throws after 10 s */
  async hasConnections(count: number): Promise<void> {
    for (let tries = 0; tries < 500; tries += 1) {
      const { connections } = await this.usage();
      if (connections >= count) return;
      await delay(20);
    }
    throw new Error(`${count} connections were to stand, ${(await this.usage()).connections} do`);
  }

  async end(): Promise<void> {
    this.#child.send('end');
    await once(this.#child, 'exit');
  }
}

function profiling(kind: string): string[] {
  const at = process.argv.indexOf('--profile');
  const directory = process.argv[at + 1];
  if (at === -1 || directory === undefined) return [];
  return ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${kind}.cpuprofile`];
}
