// Decides which environment variables set which options, and which variables nobody knows.
import { type FieldType, gatewayOptions, isField, isList, type ListField, type Spec } from '@parley/gateway';
import { type Group, inside, itemsOf, type Locate } from './overlay.ts';

/** Variables as a process has them; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What laying variables over a configuration found; by the names of the variables, never with their values. */
export interface EnvironmentFindings {
  readonly problems: string[];
  readonly warnings: string[];
}

const prefix = 'CENTRIFUGO';

/** Lays all `CENTRIFUGO_*` variables over `root`, in place. */
export function applyEnvironment(root: Group, environment: Environment): EnvironmentFindings {
  const walk: Walk = { environment, known: new Set(), openPrefixes: [], problems: [] };
  walkSpec(walk, gatewayOptions, { name: prefix, locate: () => root });
  const warnings = Object.keys(environment)
    .filter((name) => name.startsWith(`${prefix}_`) && !isKnown(walk, name))
    .map((name) => `${name} is not an option of this server`);
  return { problems: walk.problems, warnings: warnings.toSorted() };
}

/** The name of the variable for an option of a path. */
export function variableName(path: readonly string[]): string {
  return [prefix, ...path].map((part) => part.toUpperCase().replaceAll(/[-.]/g, '_')).join('_');
}

interface Walk {
  readonly environment: Environment;
  /** Variables that are options, set or not. */
  readonly known: Set<string>;
  /** Variables that begin like this belong to parts without a table. */
  readonly openPrefixes: string[];
  readonly problems: string[];
}

/** Where the walk stands: the variable's name so far, and the object of the configuration. */
interface Place {
  readonly name: string;
  readonly locate: Locate;
}

function walkSpec(walk: Walk, spec: Spec, { name, locate }: Place): void {
  for (const [key, entry] of Object.entries(spec)) {
    const variable = `${name}_${key.toUpperCase()}`;
    if (isList(entry)) walkList(walk, entry, { variable, key, locate });
    else if (isField(entry)) setField(walk, entry.type, { variable, key, locate });
    else walkSpec(walk, entry, { name: variable, locate: inside(locate, key) });
  }
}

/** One option: its variable, its key, and the object that the key belongs into. */
interface Target {
  readonly variable: string;
  readonly key: string;
  readonly locate: Locate;
}

function walkList(walk: Walk, list: ListField<Spec>, target: Target): void {
  const { variable, key, locate } = target;
  const text = valueOf(walk, variable);
  if (text !== undefined) setList(walk, target, text);
  if (!Object.hasOwn(list.item, 'name')) return;
  const { name: _named, ...item } = list.item;
  for (const found of itemsOf(locate(), key)) {
    if (typeof found['name'] !== 'string') continue;
    const part = found['name'].toUpperCase().replaceAll(/[-.]/g, '_');
    walkSpec(walk, item, { name: `${variable}_${part}`, locate: () => found });
  }
}

function setList(walk: Walk, { variable, key, locate }: Target, text: string): void {
  const group = locate();
  if (group === undefined) return;
  if (/^\s*\[/.test(text)) {
    const parsed = parseJson(text);
    if (Array.isArray(parsed)) group[key] = parsed;
    else walk.problems.push(`${variable} must be a list in JSON, or names separated by spaces`);
    return;
  }
  const items = itemsOf(group, key);
  const names = new Set(text.split(/\s+/).filter((name) => name !== ''));
  const added = [...names].filter((name) => items.every((item) => item['name'] !== name)).map((name) => ({ name }));
  group[key] = [...items, ...added];
}

function setField(walk: Walk, type: FieldType, { variable, key, locate }: Target): void {
  if (type === 'object') walk.openPrefixes.push(`${variable}_`);
  const text = valueOf(walk, variable);
  if (text === undefined) return;
  const value = valueFromText(type, text);
  const group = locate();
  if (value === undefined) walk.problems.push(`${variable} must be an object in JSON`);
  else if (group !== undefined) group[key] = value;
}

/**
 * A value as a file has it, from the text of a variable or flag; the option itself then reads it. Undefined: an object was
 * expected and the text is none.
 */
export function valueFromText(type: FieldType, text: string): unknown {
  if (type === 'texts') return text.split(/\s+/).filter((part) => part !== '');
  return type === 'map' || type === 'object' ? parseJson(text) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Told by the caller, without the text: it may hold a secret.
    return undefined;
  }
}

function valueOf(walk: Walk, variable: string): string | undefined {
  walk.known.add(variable);
  const text = walk.environment[variable];
  return text === '' ? undefined : text;
}

// Kubernetes tells every process of a namespace where services are; one may be called "centrifugo".
const kubernetes = /^CENTRIFUGO(_\w+)?_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

function isKnown(walk: Walk, name: string): boolean {
  return (
    walk.known.has(name) ||
    name.startsWith(`${prefix}_VAR_`) ||
    kubernetes.test(name) ||
    walk.openPrefixes.some((open) => name.startsWith(open))
  );
}
