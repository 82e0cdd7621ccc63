// Decides what an option may be: its type, its default, and how a value in a file is read.
import { nanosecondsToMs, parseDuration } from './duration.ts';

/** Where values come from that a file only names. */
export interface ConfigSources {
  /**
   * The text of a file that a PEM option names.
   *
   * @throws when it cannot be read
   */
  readFile?(path: string): string;
  /** For `${CENTRIFUGO_VAR_…}` in maps of texts. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** A value, or why not in words that follow the option's name; they never hold the value. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** The types of options, as the documentation calls them; decides how an environment variable is read. */
export type FieldType = 'bool' | 'int' | 'text' | 'texts' | 'duration' | 'map' | 'pem' | 'object';

/** One option. */
export interface Field<T> {
  readonly kind: 'field';
  readonly type: FieldType;
  /** What it is for, in one sentence. */
  readonly about: string;
  readonly fallback: T;
  /** The default as it is written in a file. */
  readonly written: unknown;
  /** Why anything but the default is refused; absent: it is supported. */
  readonly refusal?: string;
  read(value: unknown, sources: ConfigSources): Reading<T>;
}

/** A list of groups that all follow one table. */
export interface ListField<S extends Spec> {
  readonly kind: 'list';
  readonly about: string;
  readonly item: S;
}

/** A table of options; groups nest. */
export interface Spec {
  readonly [name: string]: Field<unknown> | ListField<Spec> | Spec;
}

/** Whether a place of the table is one option. */
export function isField(entry: Spec[string]): entry is Field<unknown> {
  return entry.kind === 'field';
}

/** Whether a place of the table is a list of groups. */
export function isList(entry: Spec[string]): entry is ListField<Spec> {
  return entry.kind === 'list';
}

/** Yes or no. */
export function flag(about: string, fallback = false): Field<boolean> {
  return field({ type: 'bool', about, fallback, wanted: 'true or false' }, (value) => {
    if (typeof value === 'boolean') return value;
    return typeof value === 'string' ? booleans.get(value) : undefined;
  });
}

// As Go's strconv.ParseBool.
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/** Text; `pattern` has to match all of it, and `wanted` says so in words. */
export function text(about: string, fallback = '', rule?: { pattern: RegExp; wanted: string }): Field<string> {
  const { pattern = /^/, wanted = 'a text in quotes' } = rule ?? {};
  return field({ type: 'text', about, fallback, wanted }, (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined,
  );
}

/** One of a few texts; the first is the default. */
export function choice<const T extends string>(about: string, choices: readonly [T, ...T[]]): Field<T> {
  return field<T>({ type: 'text', about, fallback: choices[0], wanted: `one of ${quote(choices)}` }, (value) =>
    choices.find((known) => known === value),
  );
}

/** A list of texts; with `choices`, of these only. */
export function texts(about: string, choices?: readonly string[]): Field<readonly string[]> {
  const wanted = choices === undefined ? 'a list of texts' : `a list out of ${quote(choices)}`;
  return field<readonly string[]>({ type: 'texts', about, fallback: [], wanted }, (value) =>
    Array.isArray(value) && value.every((item): item is string => isOneOf(item, choices)) ? value : undefined,
  );
}

function isOneOf(item: unknown, choices: readonly string[] | undefined): item is string {
  return typeof item === 'string' && (choices === undefined || choices.includes(item));
}

function quote(choices: readonly string[]): string {
  return choices.map((known) => JSON.stringify(known)).join(', ');
}

/** A whole number, at least `min`. */
export function integer(about: string, fallback = 0, min = 0): Field<number> {
  return field({ type: 'int', about, fallback, wanted: `a whole number of at least ${min}` }, (value) => {
    const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= min ? number : undefined;
  });
}

/** A port of TCP. */
export function port(about: string, fallback: number): Field<number> {
  return field({ type: 'int', about, fallback, wanted: 'a port from 0 to 65535' }, (value) => {
    const number = typeof value === 'string' && /^\d{0,5}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535
      ? number
      : undefined;
  });
}

/** A duration, written as Go writes it (`"1m30s"`) and held in milliseconds; negative ones only where they mean "off". */
export function duration(about: string, fallback = '0s', rule: { mayBeNegative?: boolean } = {}): Field<number> {
  const wanted = 'a duration such as "25s" or "720h"';
  const made = field({ type: 'duration', about, fallback: parseDuration(fallback) ?? 0, wanted }, (value) => {
    const read = typeof value === 'string' ? parseDuration(value) : undefined;
    const milliseconds = typeof value === 'number' ? nanosecondsToMs(value) : read;
    return milliseconds !== undefined && (milliseconds >= 0 || rule.mayBeNegative === true) ? milliseconds : undefined;
  });
  return { ...made, written: fallback };
}

/** Anything; for options of parts that this server does not have. */
export function opaque(about: string): Field<unknown> {
  return field<unknown>({ type: 'object', about, fallback: {}, wanted: 'an object' }, (value) =>
    typeof value === 'object' ? structuredClone(value) : undefined,
  );
}

/** A list of groups. */
export function list<S extends Spec>(about: string, item: S): ListField<S> {
  return { kind: 'list', about, item };
}

/** An option that is known and refused by name when it is switched on; `reason` says why and what to do instead. */
export function unsupported<T extends boolean | string | number>(of: Field<T>, reason: string): Field<T> {
  return { ...of, refusal: reason };
}

interface Description<T> {
  type: FieldType;
  about: string;
  fallback: T;
  /** Completes "NAME must be …". */
  wanted: string;
}

function field<T>(description: Description<T>, read: (value: unknown) => T | undefined): Field<T> {
  const { type, about, fallback, wanted } = description;
  return {
    kind: 'field',
    type,
    about,
    fallback,
    written: fallback,
    read(value) {
      const found = read(value);
      return found === undefined ? { ok: false, problem: `must be ${wanted}` } : { ok: true, value: found };
    },
  };
}
