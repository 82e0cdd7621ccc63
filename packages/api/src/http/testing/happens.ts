// Decides how tests wait for what happens beside them.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Whether a condition comes true within a time, asked once a turn of the event loop. */
export async function happens(withinMs: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await nextTurn();
  }
  return false;
}
