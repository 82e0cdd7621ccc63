import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSizes } from './size.ts';
import { parseSource } from './source.ts';

const lines = (count: number): string => 'const a = 1;\n'.repeat(count);
const find = (path: string, text: string): string[] =>
  checkSizes([parseSource({ path, text })], []).map((finding) => `${finding.line} ${finding.message}`);

test('checkSizes() holds files to 400 lines and tests to 600', () => {
  assert.deepEqual(find('packages/api/src/a.ts', lines(400)), []);
  assert.deepEqual(find('packages/api/src/a.ts', lines(401)), ['1 the file has 401 lines, at most 400']);
  assert.deepEqual(find('packages/api/src/a.test.ts', lines(600)), []);
  assert.deepEqual(find('packages/api/src/a.test.ts', lines(601)), ['1 the file has 601 lines, at most 600']);
});

test('checkSizes() holds functions to 80 lines, closures included', () => {
  const body = (count: number): string => lines(count - 2);
  assert.deepEqual(find('packages/api/src/a.ts', `function f() {\n${body(80)}}\n`), []);
  const expected = ['1 the function has 81 lines, at most 80'];
  assert.deepEqual(find('packages/api/src/a.ts', `function f() {\n${body(81)}}\n`), expected);
  assert.deepEqual(find('packages/api/src/a.ts', `const f = () => {\n${body(81)}};\n`), expected);
  assert.deepEqual(find('packages/api/src/a.ts', `class A { f() {\n${body(81)}} }\n`), expected);
  assert.deepEqual(find('packages/api/src/a.ts', `on('x', () => {\n${body(81)}});\n`), expected);
});

test('checkSizes() lets the callback of a test be long, but not a function in a test', () => {
  assert.deepEqual(find('e2e/a.test.ts', `test('x', () => {\n${lines(90)}});\n`), []);
  assert.deepEqual(find('e2e/a.test.ts', `const f = () => {\n${lines(90)}};\n`), [
    '1 the function has 92 lines, at most 80',
  ]);
});

test('checkSizes() lets the suite of a contract be long, in tests only', () => {
  const suite = `function brokerSuite() {\ntest('x', () => {});\n${lines(90)}}\n`;
  assert.deepEqual(find('packages/gateway/src/engine/contract/broker.ts', suite), []);
  assert.deepEqual(find('packages/gateway/src/engine/broker.ts', suite), ['1 the function has 93 lines, at most 80']);
});

test('checkSizes() applies an exception and finds one that is not needed', () => {
  const source = parseSource({ path: 'packages/api/src/table.ts', text: lines(450) });
  const exemption = { path: 'packages/api/src/table.ts', lines: 500, reason: 'a table' };
  assert.deepEqual(checkSizes([source], [exemption]), []);
  assert.deepEqual(checkSizes([], [exemption]), [
    {
      path: 'packages/api/src/table.ts',
      line: 1,
      message: 'this exception from the size check is not needed any more',
    },
  ]);
});
