// Decides which fragments are taken for what a provider brought back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBrought } from './brought.ts';

test('parseBrought() reads a second factor, a link and a refusal, and nothing from anything else', () => {
  assert.deepEqual(parseBrought('#ticket=abc&methods=recovery_code+totp+magic&expiresIn=300').wanted, {
    kind: 'second-factor',
    ticket: 'abc',
    methods: ['totp', 'recovery_code'],
    expiresIn: 300,
  });
  assert.equal(parseBrought('#linked=acme').linked, 'acme');
  assert.equal(parseBrought('#problem=provider.unlinked').problem?.code, 'provider.unlinked');
  for (const hash of ['', '#', '#rst_abc', '#ticket=abc&methods=magic', `#ticket=${'x'.repeat(201)}&methods=totp`])
    assert.deepEqual(parseBrought(hash), { problem: undefined, wanted: undefined, linked: undefined }, hash);
});

test('parseBrought() never repeats words that somebody put into a link', () => {
  for (const code of ['Call 555-0100', '__proto__', 'toString'])
    assert.equal(parseBrought(`#problem=${code}`).problem?.title, 'Signing in elsewhere did not work', code);
});
