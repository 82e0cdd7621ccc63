// Decides which publications a filter on tags lets through: pure, compiled once for each subscription.
import type { FilterNode } from '@parley/protocol';

/** Whether a publication with these tags is wanted. */
export type TagsFilter = (tags: Readonly<Record<string, string>>) => boolean;

/** Compiles a filter. Undefined: the tree says something that has no meaning. */
export function compileTagsFilter(node: FilterNode): TagsFilter | undefined {
  return node.op === '' ? compileLeaf(node) : compileBranch(node);
}

function compileBranch({ op, nodes }: FilterNode): TagsFilter | undefined {
  const filters = nodes.map(compileTagsFilter);
  const valid = filters.filter((filter) => filter !== undefined);
  const [only] = valid;
  if (only === undefined || valid.length < filters.length) return undefined;
  if (op === 'and') return (tags) => valid.every((filter) => filter(tags));
  if (op === 'or') return (tags) => valid.some((filter) => filter(tags));
  return op === 'not' && valid.length === 1 ? (tags) => !only(tags) : undefined;
}

type Comparison = (value: string, wanted: string) => boolean;

// What a missing tag gives is said beside each.
const comparisons: Readonly<Record<string, { compare: Comparison; missing: boolean }>> = {
  eq: { compare: (value, wanted) => value === wanted, missing: false },
  neq: { compare: (value, wanted) => value !== wanted, missing: true },
  sw: { compare: (value, wanted) => value.startsWith(wanted), missing: false },
  ew: { compare: (value, wanted) => value.endsWith(wanted), missing: false },
  ct: { compare: (value, wanted) => value.includes(wanted), missing: false },
  lt: { compare: (value, wanted) => compareDecimals(value, wanted) === -1, missing: false },
  lte: { compare: (value, wanted) => [-1, 0].includes(compareDecimals(value, wanted) ?? NaN), missing: false },
  gt: { compare: (value, wanted) => compareDecimals(value, wanted) === 1, missing: false },
  gte: { compare: (value, wanted) => [1, 0].includes(compareDecimals(value, wanted) ?? NaN), missing: false },
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
  const comparison = Object.hasOwn(comparisons, cmp) ? comparisons[cmp] : undefined;
  if (comparison === undefined || vals.length > 0) return undefined;
  return (tags) => {
    const value = read(tags);
    return value === undefined ? comparison.missing : comparison.compare(value, val);
  };
}

interface Decimal {
  isNegative: boolean;
  /** Digits before the point without leading zeros, and after it without trailing ones. */
  whole: string;
  fraction: string;
}

/** Compares decimals of any length exactly. Undefined: one of the two is not a number. */
function compareDecimals(left: string, right: string): -1 | 0 | 1 | undefined {
  const [a, b] = [readDecimal(left), readDecimal(right)];
  if (a === undefined || b === undefined) return undefined;
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

function readDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$|^([+-]?)\.(\d+)$/.exec(text);
  if (match === null) return undefined;
  const whole = (match[2] ?? '').replace(/^0+/, '');
  const fraction = (match[3] ?? match[5] ?? '').replace(/0+$/, '');
  const isZero = whole === '' && fraction === '';
  return { isNegative: !isZero && (match[1] ?? match[4]) === '-', whole, fraction };
}
