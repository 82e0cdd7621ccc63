// Decides the random choices of a run from its seed, so that a failing run can be repeated.

/** A seeded source of random choices. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** One of `items`. */
  pick<T>(items: readonly T[]): T;
  /** True in `share` of the calls; `share` from 0 to 1. */
  chance(share: number): boolean;
}

/** Creates a source that gives the same choices for the same `seed` (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new TypeError('pick() needs at least one item');
      return item;
    },
    chance: (share) => next() < share,
  };
}
