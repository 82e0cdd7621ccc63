// Decides that counted phrases follow the rules of English.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listed, plural } from './plural.ts';

test('plural() says one thing in the singular and every other count in the plural', () => {
  const forms = { one: '# new message', other: '# new messages' };
  for (const [count, expected] of [
    [0, '0 new messages'],
    [1, '1 new message'],
    [2, '2 new messages'],
    [1204, '1,204 new messages'],
  ] as const)
    assert.equal(plural(count, forms), expected);
});

test('listed() joins names as a sentence does', () => {
  assert.equal(listed(['Ana']), 'Ana');
  assert.equal(listed(['Ana', 'Ben']), 'Ana and Ben');
  assert.equal(listed(['Ana', 'Ben', 'Cleo']), 'Ana, Ben, and Cleo');
});
