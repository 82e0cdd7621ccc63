// Decides how tests ask whether classes of requests can be told apart by the time that they take.

/** A class of requests: a name and how one is made. `at` is the number of the round. */
export interface TimedClass {
  name: string;
  request: (at: number) => Promise<unknown>;
}

/** How well a class is told apart from the first one. */
export interface Separation {
  name: string;
  /** The chance that a request of this class takes longer than one of the first; 0.5 tells nothing. */
  auc: number;
  /** Between the medians, in milliseconds, without its sign. */
  medianGapMs: number;
}

/**
 * Measures classes in turns, in a new random order each round, so that whatever else the machine does falls on all of
 * them alike.
 *
 * @param options `prepare` runs before each request and is not measured
 */
export async function separate(
  classes: readonly TimedClass[],
  options: { samples: number; prepare: () => Promise<unknown> },
): Promise<Separation[]> {
  const times = classes.map((): number[] => []);
  for (let at = 0; at < options.samples; at++) {
    for (const index of shuffled(classes.length)) {
      await options.prepare();
      const from = performance.now();
      await classes[index]?.request(at);
      times[index]?.push(performance.now() - from);
    }
  }
  const [first = [], ...others] = times;
  return others.map((other, index) => ({
    name: classes[index + 1]?.name ?? '',
    auc: areaUnderCurve(first, other),
    medianGapMs: Math.abs(median(other) - median(first)),
  }));
}

function shuffled(length: number): number[] {
  return Array.from({ length }, (_, index) => ({ index, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ index }) => index);
}

/** The share of pairs in which the one of `other` is greater; equal ones count half (Mann and Whitney). */
export function areaUnderCurve(first: readonly number[], other: readonly number[]): number {
  const sorted = first.toSorted((one, two) => one - two);
  const below = (value: number, isBelow: (candidate: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(sorted[middle] ?? value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let wins = 0;
  for (const value of other)
    wins += (below(value, (candidate) => candidate < value) + below(value, (candidate) => candidate <= value)) / 2;
  return wins / (first.length * other.length);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, two) => one - two);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** How far from a half chance alone brings an AUC: five standard deviations, and never less than 0.05. */
export const slackOf = (samples: number): number =>
  Math.max(0.05, 5 * Math.sqrt((2 * samples + 1) / (12 * samples * samples)));
