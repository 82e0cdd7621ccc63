// Decides how new identifiers are made.
import { v7 } from 'uuid';

/**
 * Makes a UUIDv7.
 *
 * @param nowMs the time it carries, Unix milliseconds; within one millisecond the order of ids is random
 */
export function newId(nowMs: number): string {
  return v7({ msecs: nowMs });
}
