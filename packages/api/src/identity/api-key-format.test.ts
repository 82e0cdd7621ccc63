// Checks the form of keys of programs: what is printed is read, and what differs in one character is not.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { hashKeySecret, isKeySecret, keyEnvironment, parseApiKey, printApiKey } from './api-key-format.ts';

const parts = {
  environment: 'live',
  id: '019ab2c4-7e5a-7cc1-9d7e-0123456789ab',
  secret: '0123456789abcdef'.repeat(4),
} as const;
const printed = `prk_live_019ab2c47e5a7cc19d7e0123456789ab_${'0123456789abcdef'.repeat(4)}_62c41539`;

test('printApiKey() and parseApiKey() agree on one form', () => {
  assert.equal(printApiKey(parts), printed);
  assert.deepEqual(parseApiKey(printed), parts);
});

// identity 2.2: 127 (wrong checksum)
test('parseApiKey() refuses every key that differs in one character', () => {
  const position = fc.integer({ min: 0, max: printed.length - 1 });
  const character = fc.constantFrom(...'0123456789abcdefABF_-.prklivetest '.split(''));
  fc.assert(
    fc.property(position, character, (at, other) => {
      const changed = printed.slice(0, at) + other + printed.slice(at + 1);
      assert.equal(parseApiKey(changed) === undefined, changed !== printed);
    }),
    { numRuns: 2_000 },
  );
  for (const text of ['', 'prk_', printed.slice(0, -1), `${printed}0`, printed.toUpperCase(), `${printed}\n`])
    assert.equal(parseApiKey(text), undefined, text);
});

test('isKeySecret() compares with the stored hash, whatever its length', () => {
  assert.equal(isKeySecret(parts.secret, hashKeySecret(parts.secret)), true);
  assert.equal(isKeySecret('f'.repeat(64), hashKeySecret(parts.secret)), false);
  assert.equal(isKeySecret(parts.secret, ''), false);
});

test('keyEnvironment() tells keys of an installation on loopback from others', () => {
  assert.equal(keyEnvironment({ publicUrl: 'https://chat.example.org' }), 'live');
  assert.equal(keyEnvironment({ publicUrl: 'http://localhost:8000' }), 'test');
});
