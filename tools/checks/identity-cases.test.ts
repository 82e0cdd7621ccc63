// Checks how cases of the catalogue are found beside tests and in their names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASE_GROUPS } from './identity-case-list.ts';
import { mapCases } from './identity-cases.ts';

const read = (...lines: string[]) => {
  const { covered, findings } = mapCases([{ path: 'a.test.ts', text: lines.join('\n') }], CASE_GROUPS);
  return {
    covered: Object.fromEntries(Array.from(covered, ([number, tests]) => [number, tests.map(({ name }) => name)])),
    findings: findings.map(({ line, message }) => `${line} ${message}`),
  };
};

test('mapCases() gives a comment to the test around it, or else to the next one', () => {
  const text = [
    '// identity 2.2: 84, 86-88',
    "test('first', () => {",
    '  // And this too. identity 2.2: 90 (only so much)',
    '});',
    'eachDatabase(',
    '  // identity 2.2: 91',
    '  `second ${name} of ${count}`,',
    '  () => {},',
    ');',
  ];
  assert.deepEqual(read(...text), {
    covered: { 84: ['first'], 86: ['first'], 87: ['first'], 88: ['first'], 90: ['first'], 91: ['second … of …'] },
    findings: [],
  });
});

test('mapCases() reads numbers in names where the letter is that of the case', () => {
  const names = ['refuses A6, A7 and F72', 'refuses B17 to B18, C41-C42', 'P-384, B6, F16, sha256, E70x'];
  assert.deepEqual(
    Object.keys(read(...names.map((name) => `test('${name}', () => {});`)).covered).map(Number),
    [6, 7, 17, 18, 41, 42, 72],
  );
});

test('mapCases() finds comments at no test and numbers of no case', () => {
  assert.deepEqual(read("test('a', () => {});", '// identity 2.2: 5', 'const late = 1;').findings, [
    '2 the comment stands at no test',
  ]);
  assert.deepEqual(read('// identity 2.2: 135', "test('a', () => {});").findings, ['1 there is no case 135']);
});

test('CASE_GROUPS numbers 134 cases without a gap', () => {
  let next = 1;
  for (const { first, cases } of CASE_GROUPS) {
    assert.equal(first, next);
    next += cases.length;
  }
  assert.equal(next, 135);
});
