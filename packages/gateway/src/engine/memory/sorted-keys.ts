// Keeps the keys of one map in byte order, so that a page costs what the page holds and not what the map holds.

/** Keys in runs of limited length: finding a key is a binary search, inserting one moves the rest of its run only. */
export class SortedKeys {
  readonly #maxRunLength: number;
  // Never empty runs; each ends before the next begins.
  readonly #runs: string[][] = [];

  constructor(maxRunLength = 512) {
    this.#maxRunLength = maxRunLength;
  }

  /** Adds a key. It must not be there. */
  add(key: string): void {
    const at = Math.max(this.#runOf(key), 0);
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([key]);
      return;
    }
    run.splice(firstAbove(run, key), 0, key);
    if (run.length > this.#maxRunLength) this.#runs.splice(at + 1, 0, run.splice(run.length >> 1));
  }

  /** Removes a key, if it is there. */
  delete(key: string): void {
    const at = this.#runOf(key);
    const run = this.#runs[at];
    if (run === undefined) return;
    const index = firstAbove(run, key) - 1;
    if (run[index] !== key) return;
    run.splice(index, 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** At most `count` keys above `cursor`, ascending. */
  after(cursor: string, count: number): string[] {
    const keys: string[] = [];
    for (let at = Math.max(this.#runOf(cursor), 0); keys.length < count; at += 1) {
      const run = this.#runs[at];
      if (run === undefined) break;
      const from = keys.length === 0 ? firstAbove(run, cursor) : 0;
      for (const key of run.slice(from, from + count - keys.length)) keys.push(key);
    }
    return keys;
  }

  // The run in which the key stands, or would: the last one that does not begin above it. -1: it is below them all.
  #runOf(key: string): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#runs[middle]?.[0];
      if (first !== undefined && compareBytes(first, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

// Index of the first key above.
function firstAbove(run: readonly string[], key: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = run[middle];
    if (candidate !== undefined && compareBytes(candidate, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Below 0, 0 or above 0, in the order of the UTF-8 bytes of two well-formed texts. */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

// UTF-16 has surrogates, which stand for what is above U+FFFF, in the middle of its units.
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
