// Decides how the table of options is written out: all defaults as a file and as variables.
import { gatewayOptions, isField, isList, type Spec } from '@parley/gateway';
import { variableName } from './environment.ts';
import { type Group, isGroup } from './overlay.ts';

/** All options with their defaults, and over them those of `base`, in the order of the table. */
export function withDefaults(base: Group = {}, spec: Spec = gatewayOptions): Group {
  const known = Object.entries(spec).map(([name, entry]) => [name, valueWithDefaults(entry, base[name])]);
  const unknown = Object.entries(base).filter(([name]) => !Object.hasOwn(spec, name));
  return Object.fromEntries([...known, ...unknown]) as Group;
}

function valueWithDefaults(entry: Spec[string], base: unknown): unknown {
  if (isField(entry)) return base ?? entry.written;
  if (!isList(entry)) return withDefaults(isGroup(base) ? base : {}, entry);
  return Array.isArray(base) ? base.map((item) => (isGroup(item) ? withDefaults(item, entry.item) : item)) : [];
}

/** One option, or one list as a whole, with its place and its default as a file has it. */
interface Listed {
  readonly path: readonly string[];
  readonly written: unknown;
}

function listOptions(spec: Spec, path: readonly string[] = []): Listed[] {
  return Object.entries(spec).flatMap(([name, entry]) => {
    const place = [...path, name];
    if (isField(entry)) return [{ path: place, written: entry.written }];
    return isList(entry) ? [{ path: place, written: [] }] : listOptions(entry, place);
  });
}

/**
 * All options as lines `NAME="value"`: defaults, or the values of `base`.
 *
 * @param nonZeroOnly leaves out what is empty, zero or off
 */
export function environmentLines(base: Group = {}, nonZeroOnly = false): string[] {
  const isZero = (value: string): boolean => ['', '0', '0s', 'false', '{}'].includes(value);
  return listOptions(gatewayOptions)
    .map(({ path, written }) => {
      const value = path.reduce<unknown>((at, name) => (isGroup(at) ? at[name] : undefined), base) ?? written;
      return { name: variableName(path), value: textOf(value) };
    })
    .filter(({ value }) => !nonZeroOnly || !isZero(value))
    .map(({ name, value }) => `${name}=${quoted(value)}`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.every((item) => typeof item === 'string') ? value.join(' ') : JSON.stringify(value);
}

const quoted = (value: string): string => (value.includes('"') ? `'${value}'` : `"${value}"`);
