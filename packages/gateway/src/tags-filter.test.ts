import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterNode } from '@parley/protocol';
import fc from 'fast-check';
import { compileTagsFilter } from './tags-filter.ts';

const leaf = (key: string, cmp: string, val: string | readonly string[] = ''): FilterNode => ({
  op: '',
  key,
  cmp,
  val: typeof val === 'string' ? val : '',
  vals: typeof val === 'string' ? [] : val,
  nodes: [],
});
const branch = (op: string, ...nodes: FilterNode[]): FilterNode => ({ ...leaf('', ''), op, nodes });

function passes(node: FilterNode, tags: Record<string, string>): boolean {
  const filter = compileTagsFilter(node);
  assert.ok(filter !== undefined, JSON.stringify(node));
  return filter(tags);
}

test('compileTagsFilter() compares a tag as each comparison says, present and missing', () => {
  for (const [cmp, val, equalTag, otherTag, missing] of [
    ['eq', 'b', true, false, false],
    ['neq', 'b', false, true, true],
    ['in', ['b', 'x'], true, false, false],
    ['in', ['b', ''], true, false, true],
    ['nin', ['b', 'x'], false, true, true],
    ['nin', ['b', ''], false, true, false],
    ['ex', '', true, true, false],
    ['nex', '', false, false, true],
    ['sw', 'b', true, false, false],
    ['ew', 'b', true, false, false],
    ['ct', 'b', true, false, false],
  ] as const) {
    const node = leaf('k', cmp, val);
    assert.deepEqual(
      [passes(node, { k: 'b' }), passes(node, { k: 'c' }), passes(node, {})],
      [equalTag, otherTag, missing],
      `${cmp} ${JSON.stringify(val)}`,
    );
  }
});

test('compileTagsFilter() compares decimals exactly, and what is no number is false', () => {
  for (const [value, cmp, wanted, expected] of [
    ['2.4', 'lt', '2.5', true],
    ['2.50', 'lt', '2.5', false],
    ['2.50', 'lte', '2.5', true],
    ['10', 'gt', '9', true],
    ['-10', 'gt', '-9', false],
    ['-0', 'gte', '0', true],
    ['0.1000000000000000000000000000001', 'gt', '0.1', true],
    ['9007199254740993', 'gt', '9007199254740992', true],
    ['.5', 'lt', '1', true],
    ['1e3', 'gt', '1', false],
    ['', 'lt', '1', false],
    ['1', 'lt', 'x', false],
  ] as const) {
    assert.equal(passes(leaf('k', cmp, wanted), { k: value }), expected, `${value} ${cmp} ${wanted}`);
    assert.equal(passes(leaf('k', cmp, wanted), {}), false);
  }
});

test('compileTagsFilter() compares numbers of any length in a time that grows with their length', () => {
  const zeros = '0'.repeat(200_000);
  const filter = compileTagsFilter(leaf('k', 'gt', `0.${zeros}1`));
  const started = performance.now();
  assert.equal(filter?.({ k: `0.${zeros}2` }), true);
  assert.equal(filter?.({ k: `0.${zeros}01` }), false);
  // Read with backtracking, these take a minute.
  assert.ok(performance.now() - started < 2_000);
});

test('compileTagsFilter() joins conditions', () => {
  const node = branch('and', leaf('s', 'eq', 't'), branch('or', leaf('p', 'lt', '2'), branch('not', leaf('p', 'ex'))));
  assert.equal(passes(node, { s: 't', p: '1' }), true);
  assert.equal(passes(node, { s: 't' }), true);
  assert.equal(passes(node, { s: 't', p: '3' }), false);
  assert.equal(passes(node, { p: '1' }), false);
});

test('compileTagsFilter() refuses trees without a meaning', () => {
  for (const node of [
    leaf('', 'eq', 'x'),
    leaf('k', '', 'x'),
    leaf('k', 'toString', 'x'),
    leaf('k', 'eq', ['x']),
    leaf('k', 'in', 'x'),
    leaf('k', 'ex', 'x'),
    { ...leaf('k', 'eq', 'x'), nodes: [leaf('k', 'ex')] },
    branch('and'),
    branch('not', leaf('k', 'ex'), leaf('k', 'ex')),
    branch('xor', leaf('k', 'ex')),
    branch('or', leaf('k', 'ex'), leaf('k', 'nonsense')),
  ]) {
    assert.equal(compileTagsFilter(node), undefined, JSON.stringify(node));
  }
});

test('compileTagsFilter() orders numbers as Number does where Number is exact', () => {
  const decimal = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 3 }));
  const toText = ([whole, digits]: [number, number]): string => (whole / 10 ** digits).toFixed(digits);
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const [left, right] = [toText(a), toText(b)];
      assert.equal(passes(leaf('k', 'lt', right), { k: left }), Number(left) < Number(right), `${left} < ${right}`);
      assert.equal(passes(leaf('k', 'gte', right), { k: left }), Number(left) >= Number(right), `${left} >= ${right}`);
    }),
  );
});

test('compileTagsFilter() compares decimals of any length in time that grows with it only', () => {
  const zeros = '0'.repeat(60_000);
  const startedAt = performance.now();
  for (const [val, value, expected] of [
    [`1.${zeros}1`, '1', true],
    ['1', `1.${zeros}1`, false],
    [`-1.${zeros}1`, '-1', false],
    [`${zeros}2`, `${zeros}1.${zeros}`, true],
    [`${zeros}x`, '1', false],
  ] as const) {
    const filter = compileTagsFilter({ op: '', key: 'k', cmp: 'lt', val, vals: [], nodes: [] });
    assert.equal(filter?.({ k: value }), expected, `${val.slice(0, 4)} ${value.slice(0, 4)}`);
  }
  assert.ok(performance.now() - startedAt < 1_000, 'an expression that backtracks takes seconds for each');
});

test('compileTagsFilter() refuses filters above the bounds, however they are nested', () => {
  const leaf = { op: '', key: 'k', cmp: 'ex', val: '', vals: [], nodes: [] };
  const any = (nodes: (typeof leaf)[]) => ({ ...leaf, op: 'or', key: '', cmp: '', nodes });
  const leaves = (count: number) => Array.from({ length: count }, () => leaf);
  const list = (count: number) => ({ ...leaf, cmp: 'in', vals: Array.from({ length: count }, () => 'v') });
  assert.ok(compileTagsFilter(any(leaves(499))) !== undefined);
  assert.equal(compileTagsFilter(any(leaves(500))), undefined);
  assert.equal(compileTagsFilter({ ...any([]), nodes: [any(leaves(250)), any(leaves(250))] }), undefined);
  assert.ok(compileTagsFilter(list(5_000)) !== undefined);
  assert.equal(compileTagsFilter({ ...any([]), nodes: [list(2_500), list(2_501)] }), undefined);
});
