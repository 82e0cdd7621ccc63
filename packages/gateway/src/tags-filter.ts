// Decides which publications a filter on tags lets through: pure, compiled once for each subscription.
import type { FilterNode, WirePublication } from '@parley/protocol';
import { limits } from './limits.ts';

/** Whether a publication with these tags is wanted. */
export type TagsFilter = (tags: Readonly<Record<string, string>>) => boolean;

const noTags: Readonly<Record<string, string>> = {};

/** Whether a publication is wanted whole. Undefined is no filter. */
export function isWanted(filter: TagsFilter | undefined, { tags }: WirePublication): boolean {
  return filter === undefined || filter(tags ?? noTags);
}

/** Whether a change that is not wanted takes a key of a map out of what is wanted: then its removal is. */
export function leavesFilter(filter: TagsFilter, { formerTags }: WirePublication): boolean {
  return formerTags !== undefined && filter(formerTags);
}

/** Changes of a map as one with this filter has to be told of them. */
export function filterChanges(
  filter: TagsFilter | undefined,
  changes: readonly WirePublication[],
): readonly WirePublication[] {
  if (filter === undefined) return changes;
  return changes.flatMap((change) => {
    if (isWanted(filter, change)) return change;
    return leavesFilter(filter, change) ? removalOf(change) : [];
  });
}

/** That there is nothing at the key of a change any more. */
export function removalOf({ key, offset }: WirePublication): WirePublication {
  return { ...(key === undefined ? {} : { key }), removed: true, offset };
}

/** Compiles a filter. Undefined: the tree says something that has no meaning, or is larger than `limits` allow. */
export function compileTagsFilter(root: FilterNode): TagsFilter | undefined {
  const { nodes, values } = sizeOf(root);
  return nodes > limits.maxFilterNodes || values > limits.maxFilterValues ? undefined : compile(root);
}

// As deep as the codecs let it be.
function sizeOf(root: FilterNode): { nodes: number; values: number } {
  const size = { nodes: 1, values: root.vals.length };
  for (const node of root.nodes) {
    const { nodes, values } = sizeOf(node);
    size.nodes += nodes;
    size.values += values;
  }
  return size;
}

function compile(node: FilterNode): TagsFilter | undefined {
  return node.op === '' ? compileLeaf(node) : compileBranch(node);
}

function compileBranch({ op, nodes }: FilterNode): TagsFilter | undefined {
  const filters = nodes.map(compile);
  const valid = filters.filter((filter) => filter !== undefined);
  const [only] = valid;
  if (only === undefined || valid.length < filters.length) return undefined;
  if (op === 'and') return (tags) => valid.every((filter) => filter(tags));
  if (op === 'or') return (tags) => valid.some((filter) => filter(tags));
  return op === 'not' && valid.length === 1 ? (tags) => !only(tags) : undefined;
}

type Test = (value: string) => boolean;

interface Comparison {
  /** Prepares the test for what a tag is compared with. */
  readonly against: (wanted: string) => Test;
  /** What a missing tag gives. */
  readonly missing: boolean;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  eq: { against: (wanted) => (value) => value === wanted, missing: false },
  neq: { against: (wanted) => (value) => value !== wanted, missing: true },
  sw: { against: (wanted) => (value) => value.startsWith(wanted), missing: false },
  ew: { against: (wanted) => (value) => value.endsWith(wanted), missing: false },
  ct: { against: (wanted) => (value) => value.includes(wanted), missing: false },
  lt: { against: (wanted) => ordered(wanted, (order) => order < 0), missing: false },
  lte: { against: (wanted) => ordered(wanted, (order) => order <= 0), missing: false },
  gt: { against: (wanted) => ordered(wanted, (order) => order > 0), missing: false },
  gte: { against: (wanted) => ordered(wanted, (order) => order >= 0), missing: false },
};

/** Numbers of which the order to `wanted` is as it should be; false for all others, and for all if `wanted` is no number. */
function ordered(wanted: string, isRight: (order: number) => boolean): Test {
  const limit = readDecimal(wanted);
  if (limit === undefined) return () => false;
  return (value) => {
    const decimal = readDecimal(value);
    return decimal !== undefined && isRight(compareDecimals(decimal, limit));
  };
}

function compileLeaf({ key, cmp, val, vals, nodes }: FilterNode): TagsFilter | undefined {
  if (nodes.length > 0 || key === '') return undefined;
  const read = (tags: Readonly<Record<string, string>>) => (Object.hasOwn(tags, key) ? tags[key] : undefined);
  if (cmp === 'ex' || cmp === 'nex') {
    if (val !== '' || vals.length > 0) return undefined;
    return cmp === 'ex' ? (tags) => read(tags) !== undefined : (tags) => read(tags) === undefined;
  }
  if (cmp === 'in' || cmp === 'nin') {
    if (val !== '' || vals.length === 0) return undefined;
    const set = new Set(vals);
    return cmp === 'in' ? (tags) => set.has(read(tags) ?? '') : (tags) => !set.has(read(tags) ?? '');
  }
  const comparison = Object.hasOwn(comparisons, cmp) ? comparisons[cmp] : undefined;
  if (comparison === undefined || vals.length > 0) return undefined;
  const { missing } = comparison;
  const isRight = comparison.against(val);
  return (tags) => {
    const value = read(tags);
    return value === undefined ? missing : isRight(value);
  };
}

interface Decimal {
  isNegative: boolean;
  /** Digits before the point without leading zeros, and after it without trailing ones. */
  whole: string;
  fraction: string;
}

/** Compares decimals of any length exactly: below 0, 0 or above 0. */
function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.isNegative !== b.isNegative) return a.isNegative ? -1 : 1;
  return a.isNegative ? compareSizes(b, a) : compareSizes(a, b);
}

function compareSizes(a: Decimal, b: Decimal): number {
  if (a.whole.length !== b.whole.length) return a.whole.length - b.whole.length;
  if (a.whole !== b.whole) return a.whole < b.whole ? -1 : 1;
  if (a.fraction === b.fraction) return 0;
  return a.fraction < b.fraction ? -1 : 1;
}

/** Undefined: that is not a number. Takes time in proportion to the length, whatever a stranger wrote. */
function readDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$|^([+-]?)\.(\d+)$/.exec(text);
  if (match === null) return undefined;
  const whole = (match[2] ?? '').replace(/^0+/, '');
  const fraction = withoutTrailingZeros(match[3] ?? match[5] ?? '');
  const isZero = whole === '' && fraction === '';
  return { isNegative: !isZero && (match[1] ?? match[4]) === '-', whole, fraction };
}

// By hand: an expression would begin anew at each zero, and a client may send very many of them.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
