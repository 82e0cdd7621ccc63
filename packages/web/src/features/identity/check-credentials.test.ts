// Decides which mistakes are told before anything is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCredentials, fieldErrors } from './check-credentials.ts';

test('checkCredentials() asks a new account for everything and a known one for address and password only', () => {
  const empty = { email: ' ', name: '', password: '' };
  assert.deepEqual(checkCredentials(empty, 12), {
    email: 'Fill this in.',
    name: 'Fill this in.',
    password: 'Fill this in.',
  });
  assert.deepEqual(checkCredentials(empty, undefined), { email: 'Fill this in.', password: 'Fill this in.' });
  assert.deepEqual(checkCredentials({ email: 'a@b', name: '', password: 'x' }, undefined), {});
});

test('checkCredentials() measures a password in code points, composed', () => {
  const named = { email: 'a@b', name: 'Ana' };
  assert.deepEqual(checkCredentials({ ...named, password: '😀'.repeat(11) }, 12), {
    password: 'Use at least 12 characters.',
  });
  assert.deepEqual(checkCredentials({ ...named, password: '😀'.repeat(12) }, 12), {});
  assert.deepEqual(checkCredentials({ ...named, password: 'e\u0301'.repeat(6) }, 12), {
    password: 'Use at least 12 characters.',
  });
});

test('fieldErrors() finds the field that a pointer names', () => {
  assert.deepEqual(
    fieldErrors([
      { pointer: '/email', message: 'not an address' },
      { pointer: '/token', message: 'missing' },
    ]),
    { email: 'not an address' },
  );
});
