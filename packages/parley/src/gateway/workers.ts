// Decides how one gateway runs as several processes: who starts them, what replaces one that dies, and how they end together.
import cluster, { type Worker } from 'node:cluster';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createEngineHost, systemClock } from '@parley/gateway';
import type { Logger } from 'pino';

/** What a worker says when it answers requests. */
export interface WorkerReady {
  readonly kind: 'ready';
  readonly url: string;
  readonly internalUrl?: string;
}

/** Several processes that are one gateway. */
export interface Workers {
  readonly url: string;
  readonly internalUrl?: string;
  /** Tells all to end, and resolves when they have. */
  stop(): Promise<void>;
}

/** The file descriptor of the pipe to the engine, in each worker: the first after the standard ones and that of `node:cluster`. */
const engineFd = 4;

/** A worker that lived shorter than this is replaced after a pause that doubles, up to the longest. In milliseconds. */
const shortLifeMs = 10_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Whether this process is one of several that serve. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** The pipe to the engine, in a worker. */
export function openEnginePipe(): Duplex {
  return new Socket({ fd: engineFd, readable: true, writable: true });
}

/** Tells the process that started this one that requests are answered. */
export function reportReady(ready: Omit<WorkerReady, 'kind'>): void {
  process.send?.({ kind: 'ready', ...ready } satisfies WorkerReady);
}

/** Lets a worker end by itself: the channel to the process that started it would keep it alive. */
export function endWorker(): void {
  cluster.worker?.disconnect();
}

/**
 * Starts `count` processes like this one, which find themselves to be workers, and keeps their number. They share the engine of this
 * process, which answers nobody itself. SIGHUP is handed on to each.
 *
 * @throws Error when a worker ends before all are ready; it has said why
 */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  const host = createEngineHost({ clock: systemClock, random: Math.random, log });
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] });
  handOnSighup();
  let isStopping = false;
  let pauseMs = firstPauseMs;

  function fork(): Worker {
    const worker = cluster.fork();
    // The fifth entry of `stdio` above.
    host.accept(worker.process.stdio[engineFd] as Duplex, () => void worker.process.kill('SIGKILL'));
    return worker;
  }

  function replace(bornAt: number): void {
    pauseMs = performance.now() - bornAt < shortLifeMs ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs;
    setTimeout(() => {
      if (!isStopping) keep(fork());
    }, pauseMs);
  }

  function keep(worker: Worker): void {
    const bornAt = performance.now();
    worker.once('exit', (code, signal) => {
      if (isStopping) return;
      log.error({ pid: worker.process.pid, code, signal }, 'a worker ended; its clients come back to the others');
      replace(bornAt);
    });
  }

  async function stop(): Promise<void> {
    isStopping = true;
    // One that has ended stays in the list of workers until its channel is closed, too.
    const living = listWorkers().filter((worker) => !worker.isDead());
    const ended = living.map((worker) => new Promise((resolve) => worker.process.once('exit', resolve)));
    for (const worker of living) worker.process.kill('SIGTERM');
    await Promise.all(ended);
    host.stop();
  }

  const workers = Array.from({ length: count }, fork);
  try {
    const [ready] = await Promise.all(workers.map(readiness));
    for (const worker of workers) keep(worker);
    return {
      url: ready?.url ?? '',
      ...(ready?.internalUrl === undefined ? {} : { internalUrl: ready.internalUrl }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

/** Before a worker is ready the signal would end it; it gets it then. */
function handOnSighup(): void {
  const ready = new WeakSet<Worker>();
  const waiting = new WeakSet<Worker>();
  cluster.on('message', (worker, message: Partial<WorkerReady>) => {
    if (message.kind !== 'ready') return;
    ready.add(worker);
    if (waiting.delete(worker)) worker.process.kill('SIGHUP');
  });
  process.on('SIGHUP', () => {
    for (const worker of listWorkers()) {
      if (ready.has(worker)) worker.process.kill('SIGHUP');
      else waiting.add(worker);
    }
  });
}

function readiness(worker: Worker): Promise<WorkerReady> {
  return new Promise((resolve, reject) => {
    worker.once('exit', () => reject(new Error('a worker could not start; its reason stands above')));
    worker.on('message', (message: Partial<WorkerReady>) => {
      if (message.kind === 'ready') resolve(message as WorkerReady);
    });
  });
}
