// Decides when the wall clock counts as having been moved: times of events and ends of tokens rest on it.
import type { Clock } from '../context.ts';
import { systemRequester, type Audit } from './ports.ts';

const LOOK_MS = 1_000;
/** A step that is worth an event. */
const STEP_MS = 5_000;

/** What watching asks for. `monotonic` gives milliseconds that no one can set. */
export interface ClockWatchPorts {
  clock: Clock;
  monotonic: () => number;
  audit: Pick<Audit, 'note'>;
}

/** Looks at both clocks; a difference beyond 5 s since the look before becomes `clock.stepped`. */
export function createClockLook({ clock, monotonic, audit }: ClockWatchPorts): () => void {
  const last = { wall: clock.now(), monotonic: monotonic() };
  return () => {
    const [wall, passed] = [clock.now(), monotonic()];
    const stepMs = Math.round(wall - last.wall - (passed - last.monotonic));
    last.wall = wall;
    last.monotonic = passed;
    if (Math.abs(stepMs) <= STEP_MS) return;
    audit.note({ name: 'clock.stepped', outcome: 'success', requester: systemRequester, details: { stepMs } });
  };
}

/** Looks every second until it is stopped. */
export function watchClock(ports: ClockWatchPorts): { stop(): void } {
  const timer = setInterval(createClockLook(ports), LOOK_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
