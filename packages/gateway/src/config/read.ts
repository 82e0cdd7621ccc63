// Decides how a table of options becomes a type, and how a configuration is read by it, with every problem by name.
import { type ConfigSources, type Field, isField, isList, type ListField, type Spec } from './fields.ts';

/** The settings that a table describes, complete. */
export type Settings<S> = {
  readonly [K in keyof S]: S[K] extends Field<infer T>
    ? T
    : S[K] extends ListField<infer I>
      ? readonly Settings<I>[]
      : Settings<S[K]>;
};

/** What somebody has to write: as much of the table as they want. Durations are written as text, `"25s"`. */
export type SettingsInput<S> = {
  readonly [K in keyof S]?: S[K] extends Field<infer T>
    ? T | (number extends T ? string : never)
    : S[K] extends ListField<infer I>
      ? readonly SettingsInput<I>[]
      : SettingsInput<S[K]>;
};

/** What reading finds: `problems` forbid the start, `warnings` are for the log. */
export interface Findings {
  readonly problems: string[];
  /** Options that are not in the table, by name. */
  readonly warnings: string[];
}

/** Reads settings by their table. What is absent or null takes its default. */
export function readSettings<S extends Spec>(
  spec: S,
  input: unknown,
  notes: { readonly findings: Findings; readonly sources: ConfigSources },
): Settings<S> {
  return readGroup(spec, input, { ...notes, path: '' });
}

interface Place {
  readonly findings: Findings;
  readonly sources: ConfigSources;
  readonly path: string;
}

function readGroup<S extends Spec>(spec: S, input: unknown, place: Place): Settings<S> {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const given = isObject ? (input as Record<string, unknown>) : {};
  if (input !== undefined && input !== null && !isObject) {
    place.findings.problems.push(`${place.path || 'the configuration'} must be an object`);
  }
  const prefix = place.path === '' ? '' : `${place.path}.`;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(spec, name)) place.findings.warnings.push(`${prefix}${name} is not an option of this server`);
  }
  const settings = Object.entries(spec).map(([name, entry]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return [name, readEntry(entry, value ?? undefined, { ...place, path: `${prefix}${name}` })];
  });
  // Entries follow the table one to one; the compiler cannot see that through `Object.entries`.
  return Object.fromEntries(settings) as Settings<S>;
}

function readEntry(entry: Spec[string], value: unknown, place: Place): unknown {
  const { problems } = place.findings;
  if (isList(entry)) {
    if (value !== undefined && !Array.isArray(value)) problems.push(`${place.path} must be a list`);
    const items: unknown[] = Array.isArray(value) ? value : [];
    return items.map((item, index) => readGroup(entry.item, item, { ...place, path: `${place.path}[${index}]` }));
  }
  if (!isField(entry)) return readGroup(entry, value, place);
  if (value === undefined) return entry.fallback;
  const reading = entry.read(value, place.sources);
  if (!reading.ok) problems.push(`${place.path} ${reading.problem}`);
  else if (entry.refusal !== undefined && reading.value !== entry.fallback) {
    problems.push(`${place.path} is not supported: ${entry.refusal}`);
  }
  return reading.ok ? reading.value : entry.fallback;
}
