// Decides how a new life of a stream or map is named.
import type { Random } from '../../clock.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Eight letters at random. */
export function newEpoch(random: Random): string {
  return Array.from({ length: 8 }, () => letters[Math.floor(random() * letters.length)]).join('');
}
