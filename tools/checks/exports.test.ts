import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExports } from './exports.ts';
import { parseSource } from './source.ts';

const find = (path: string, text: string): string[] =>
  checkExports([parseSource({ path, text })]).map((finding) => `${finding.line} ${finding.message}`);

test('checkExports() accepts a file that begins with a sentence and documents its exports', () => {
  const text = `// Decides what a thing is.
/** A thing, in pieces. */
export interface Thing {}
/** Makes one. */
export const make = (): Thing => ({});
/** Splits one. */
function split(): void {}
export { split };
`;
  assert.deepEqual(find('packages/api/src/thing.ts', text), []);
});

test('checkExports() finds an export without a docstring, however it is exported', () => {
  const sentence = '// Decides what a thing is.\n';
  const cases: [string, string[]][] = [
    ['export const a = 1;\n', ['2 the export a has no docstring']],
    ['export type A = 1;\n', ['2 the export A has no docstring']],
    ['export interface A {}\n', ['2 the export A has no docstring']],
    ['export class A {}\n', ['2 the export A has no docstring']],
    ['// not a docstring\nexport async function a() {}\n', ['3 the export a has no docstring']],
    ['/** Doc of b. */\nconst b = 1;\nfunction a() {}\nexport { a, b };\n', ['4 the export a has no docstring']],
    ['/** */\nexport const a = 1;\n', ['3 the export a has no docstring']],
  ];
  for (const [text, expected] of cases)
    assert.deepEqual(find('packages/api/src/a.ts', sentence + text), expected, text);
});

test('checkExports() finds a missing first sentence, except in tests', () => {
  const expected = ['1 the first line must be one sentence: // what is decided here.'];
  for (const text of ['const a = 1;\n', '// a.ts\n', '/* Decides a thing here. */\n', '\n// Decides a thing here.\n']) {
    assert.deepEqual(find('packages/api/src/a.ts', text), expected, text);
  }
  assert.deepEqual(find('packages/api/src/a.test.ts', 'const a = 1;\n'), []);
});

test('checkExports() finds star and default exports', () => {
  const text = "// Decides what a thing is.\nexport * from './b.ts';\nexport default 1;\n";
  assert.deepEqual(find('packages/api/src/a.ts', text), [
    '2 `export *` hides names; list them',
    '3 no default exports; export by name',
  ]);
  assert.deepEqual(find('packages/web/vite.config.ts', '// Decides how the page is built.\nexport default 1;\n'), []);
});

test('checkExports() finds an index that decides something itself', () => {
  const sentence = '// Lists every public name of the api.\n';
  assert.deepEqual(find('packages/api/src/index.ts', `${sentence}export { a, type B } from './a.ts';\n`), []);
  assert.deepEqual(find('packages/api/src/index.ts', `${sentence}const a = 1;\n`), [
    '1 index.ts lists public names only: export { … } from',
  ]);
});
