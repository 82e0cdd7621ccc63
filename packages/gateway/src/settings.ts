// Decides how a table of options becomes a type, defaults and a strict reader that refuses by name.

/** What may stand at one place of the configuration. */
export interface Field<T> {
  readonly kind: 'field';
  readonly fallback: T;
  /** Undefined when the value is of the wrong type; `wanted` says what it must be. */
  read(value: unknown): T | undefined;
  readonly wanted: string;
}

/** A list of groups that all follow one table. */
export interface ListField<S extends Spec> {
  readonly kind: 'list';
  readonly item: S;
}

/** A table of options; groups nest. */
export interface Spec {
  readonly [name: string]: Field<unknown> | ListField<Spec> | Spec;
}

/** The settings that a table describes, complete. */
export type Settings<S> = {
  readonly [K in keyof S]: S[K] extends Field<infer T>
    ? T
    : S[K] extends ListField<infer I>
      ? readonly Settings<I>[]
      : Settings<S[K]>;
};

/** What somebody has to write: any part of the table. Durations are written as text, `"25s"`. */
export type SettingsInput<S> = {
  readonly [K in keyof S]?: S[K] extends Field<infer T>
    ? T | (number extends T ? string : never)
    : S[K] extends ListField<infer I>
      ? readonly SettingsInput<I>[]
      : SettingsInput<S[K]>;
};

/** A field of a plain type. */
export function flag(fallback: boolean): Field<boolean> {
  return field(fallback, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
}

/** Text; `pattern` has to match all of it. */
export function text(fallback: string, pattern = /^/, wanted = 'a text'): Field<string> {
  return field(fallback, wanted, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined));
}

/** A list of texts. */
export function texts(fallback: readonly string[]): Field<readonly string[]> {
  return field(fallback, 'a list of texts', (value) =>
    Array.isArray(value) && value.every((item): item is string => typeof item === 'string') ? value : undefined,
  );
}

/** A whole number, at least `min`. */
export function integer(fallback: number, min = 0): Field<number> {
  return field(fallback, `a whole number of at least ${min}`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min ? value : undefined,
  );
}

/** A duration, written as Go writes it (`"1m30s"`, `"300ms"`) and held in milliseconds. */
export function duration(fallback: string): Field<number> {
  return field(parseDuration(fallback) ?? 0, 'a duration such as "25s" or "720h"', (value) =>
    typeof value === 'string' ? parseDuration(value) : undefined,
  );
}

/** A list of groups. */
export function list<S extends Spec>(item: S): ListField<S> {
  return { kind: 'list', item };
}

function field<T>(fallback: T, wanted: string, read: (value: unknown) => T | undefined): Field<T> {
  return { kind: 'field', fallback, wanted, read };
}

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration like `"1h30m"`; undefined if it is not one. */
export function parseDuration(value: string): number | undefined {
  if (value === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}

/**
 * Reads settings by their table. What is absent takes its default.
 *
 * @param problems gets one sentence for each value of a wrong type and each option that is not in the table
 */
export function readSettings<S extends Spec>(spec: S, input: unknown, problems: string[], path = ''): Settings<S> {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  if (input !== undefined && given !== input)
    problems.push(`${path.slice(0, -1) || 'the configuration'} must be an object`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(spec, name)) problems.push(`${path}${name} is not an option that this server supports`);
  }
  const settings = Object.entries(spec).map(([name, entry]) => [
    name,
    readEntry(entry, given[name], { problems, path: `${path}${name}` }),
  ]);
  // Entries follow the table one to one; the compiler cannot see that through `Object.entries`.
  return Object.fromEntries(settings) as Settings<S>;
}

interface Place {
  problems: string[];
  path: string;
}

function readEntry(entry: Spec[string], value: unknown, place: Place): unknown {
  if (isList(entry)) {
    if (value !== undefined && !Array.isArray(value)) place.problems.push(`${place.path} must be a list`);
    const items: unknown[] = Array.isArray(value) ? value : [];
    return items.map((item, index) => readSettings(entry.item, item, place.problems, `${place.path}[${index}].`));
  }
  if (!isField(entry)) return readSettings(entry, value, place.problems, `${place.path}.`);
  if (value === undefined) return entry.fallback;
  const read = entry.read(value);
  if (read === undefined) place.problems.push(`${place.path} must be ${entry.wanted}`);
  return read ?? entry.fallback;
}

function isField(entry: Spec[string]): entry is Field<unknown> {
  return entry.kind === 'field';
}

function isList(entry: Spec[string]): entry is ListField<Spec> {
  return entry.kind === 'list';
}
