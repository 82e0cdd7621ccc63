// Decides how a map of texts is written, and how variables of the environment get into it.
import type { ConfigSources, Field, Reading } from './fields.ts';

type TextMap = Readonly<Record<string, string>>;

/**
 * A map of texts: an object, or a list of `{"key","value"}` for formats that fold the case of keys. `${CENTRIFUGO_VAR_X}`
 * in a value is filled from the environment; an unset one is refused.
 */
export function textMap(about: string): Field<TextMap> {
  const fallback: TextMap = {};
  return { kind: 'field', type: 'map', about, fallback, written: fallback, read: readMap };
}

function readMap(value: unknown, sources: ConfigSources): Reading<TextMap> {
  const entries = Array.isArray(value) ? pairsOf(value) : entriesOf(value);
  if (entries === undefined) {
    return { ok: false, problem: 'must be an object of texts, or a list of {"key": …, "value": …}' };
  }
  const filled: [string, string][] = [];
  for (const [key, given] of entries) {
    const found = fill(given, sources);
    if (!found.ok) return found;
    filled.push([key, found.value]);
  }
  return { ok: true, value: Object.fromEntries(filled) };
}

function pairsOf(items: readonly unknown[]): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const item of items) {
    const { key, value } = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
    if (typeof key !== 'string' || typeof value !== 'string') return undefined;
    pairs.push([key, value]);
  }
  return pairs;
}

function entriesOf(value: unknown): [string, string][] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string') ? entries : undefined;
}

function fill(value: string, { variables = {} }: ConfigSources): Reading<string> {
  const missing = new Set<string>();
  const filled = value.replaceAll(/\$\{(CENTRIFUGO_VAR_\w+)\}/g, (_all, name: string) => {
    const found = variables[name] ?? '';
    if (found === '') missing.add(name);
    return found;
  });
  if (missing.size === 0) return { ok: true, value: filled };
  return { ok: false, problem: `needs the environment variable ${[...missing].join(', ')}, which is not set` };
}
