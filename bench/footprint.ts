// Measures what the whole server costs when nothing happens: time from start to ready, and memory at rest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRoom, send, setUp } from '../e2e/support/account.ts';
import { startServer } from '../e2e/support/server.ts';
import { below, median, numberOption, report } from './harness/report.ts';

/** Resident memory of a process in MB (Linux). */
function residentMegabytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** Milliseconds that the bare runtime needs to start and end. */
async function bareStart(): Promise<number> {
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
  return performance.now() - start;
}

const rounds = numberOption('rounds', 5);
const server = await startServer({ NODE_ENV: '', LOG_LEVEL: 'warn' });
try {
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'bench');
  for (let index = 0; index < 20; index += 1) await send(ana, room.id, `footprint-${index}`);
  const starts: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await server.kill();
    bare.push(await bareStart());
    const start = performance.now();
    await server.start();
    starts.push(performance.now() - start);
  }
  const resident = residentMegabytes(server.pid());
  report([
    below({
      name: 'start to ready, existing database',
      unit: 'ms',
      value: median(starts),
      floor: median(bare),
      target: 1_500,
    }),
    below({ name: 'idle process', unit: 'MB RSS', value: resident, target: 150 }),
  ]);
} finally {
  await server.close();
}
