// Decides how benchmarks print what they found: a table for people, one JSON object a figure for machines.

/** One figure. `ratio` is value to floor; `target` bounds the ratio, or the value where there is no floor. */
export interface Figure {
  name: string;
  unit: string;
  value: number;
  floor?: number;
  ratio?: number;
  target?: number;
  pass?: boolean;
}

/** A figure next to its floor: passes when value / floor is at most `target`. */
export function beside(figure: { name: string; unit: string; value: number; floor: number; target?: number }): Figure {
  const ratio = figure.value / figure.floor;
  return { ...figure, ratio, ...(figure.target === undefined ? {} : { pass: ratio <= figure.target }) };
}

/** A figure that has to stay at or below a bound of its own. */
export function below(figure: { name: string; unit: string; value: number; floor?: number; target: number }): Figure {
  return { ...figure, pass: figure.value <= figure.target };
}

/** A figure that has to reach a bound of its own. */
export function atLeast(figure: { name: string; unit: string; value: number; floor?: number; target: number }): Figure {
  return { ...figure, pass: figure.value >= figure.target };
}

/** Prints figures, as JSON lines if the command line says `--json`, and fails the process if one missed its target. */
export function report(figures: readonly Figure[]): void {
  if (process.argv.includes('--json')) {
    for (const figure of figures) console.log(JSON.stringify(rounded(figure)));
  } else {
    console.table(figures.map(rounded));
  }
  if (figures.some(({ pass }) => pass === false)) process.exitCode = 1;
}

/** A whole number from the command line, `--name 5`. */
export function numberOption(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at === -1 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value <= 0) throw new TypeError(`--${name} must be a whole number above 0`);
  return value;
}

/** One of these words from the command line, `--name word`; the first if there is none. */
export function textOption<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
  const at = process.argv.indexOf(`--${name}`);
  const chosen = at === -1 ? words[0] : words.find((word) => word === process.argv[at + 1]);
  if (chosen === undefined) throw new TypeError(`--${name} must be one of ${words.join(', ')}`);
  return chosen;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which this share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function rounded(figure: Figure): Figure {
  return Object.fromEntries(
    Object.entries(figure).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(4)) : value,
    ]),
  ) as unknown as Figure;
}
