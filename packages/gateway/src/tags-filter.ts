// Decides which publications a filter on tags lets through: pure, compiled once for each subscription.
import type { FilterNode } from '@parley/protocol';
import { limits } from './limits.ts';

/** Whether a publication with these tags is wanted. */
export type TagsFilter = (tags: Readonly<Record<string, string>>) => boolean;

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

/** Makes the comparison with a wanted value; what is wanted is read once. */
type Comparison = (wanted: string) => (value: string) => boolean;

const bySign = (holds: (sign: -1 | 0 | 1) => boolean): Comparison => {
  return (text) => {
    const wanted = readDecimal(text);
    if (wanted === undefined) return () => false;
    return (value) => {
      const decimal = readDecimal(value);
      return decimal !== undefined && holds(compareDecimals(decimal, wanted));
    };
  };
};

// What a missing tag gives is said beside each.
const comparisons: Readonly<Record<string, { comparison: Comparison; missing: boolean }>> = {
  eq: { comparison: (wanted) => (value) => value === wanted, missing: false },
  neq: { comparison: (wanted) => (value) => value !== wanted, missing: true },
  sw: { comparison: (wanted) => (value) => value.startsWith(wanted), missing: false },
  ew: { comparison: (wanted) => (value) => value.endsWith(wanted), missing: false },
  ct: { comparison: (wanted) => (value) => value.includes(wanted), missing: false },
  lt: { comparison: bySign((sign) => sign < 0), missing: false },
  lte: { comparison: bySign((sign) => sign <= 0), missing: false },
  gt: { comparison: bySign((sign) => sign > 0), missing: false },
  gte: { comparison: bySign((sign) => sign >= 0), missing: false },
};

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
  const known = Object.hasOwn(comparisons, cmp) ? comparisons[cmp] : undefined;
  if (known === undefined || vals.length > 0) return undefined;
  const holds = known.comparison(val);
  return (tags) => {
    const value = read(tags);
    return value === undefined ? known.missing : holds(value);
  };
}

interface Decimal {
  isNegative: boolean;
  /** Digits before the point without leading zeros, and after it without trailing ones. */
  whole: string;
  fraction: string;
}

/** Compares decimals of any length exactly. */
function compareDecimals(a: Decimal, b: Decimal): -1 | 0 | 1 {
  if (a.isNegative !== b.isNegative) return a.isNegative ? -1 : 1;
  const bySize = compareSizes(a, b);
  if (bySize === 0) return 0;
  return a.isNegative === bySize < 0 ? 1 : -1;
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

// Not by an expression that ends in `0+$`: that tries each run of zeros from each of its places.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
