// Decides how the CPU time of another process is read.
import { readFileSync } from 'node:fs';

/** Clock ticks a second of Linux's `/proc/{pid}/stat`; the same on every common build. */
const TICKS_PER_SECOND = 100;

/** CPU microseconds, user and system together, that a process has used so far; its resolution is 10 ms. Linux only. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000_000;
}
