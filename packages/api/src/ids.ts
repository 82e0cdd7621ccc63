// Decides how new identifiers are made.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
// Asking the system for 16 bytes costs as much as for 4,096. Ids are no secrets, so used bytes may lie here.
const pool = { bytes: new Uint8Array(4_096), used: 4_096 };

function takeRandom(): Uint8Array {
  if (pool.used + RANDOM_BYTES > pool.bytes.length) {
    randomFillSync(pool.bytes);
    pool.used = 0;
  }
  pool.used += RANDOM_BYTES;
  return pool.bytes.subarray(pool.used - RANDOM_BYTES, pool.used);
}

/**
 * Makes a UUIDv7.
 *
 * @param nowMs the time it carries, Unix milliseconds; within one millisecond the order of ids is random
 */
export function newId(nowMs: number): string {
  return v7({ msecs: nowMs, random: takeRandom() });
}
