// Decides which fragments are taken for tokens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkToken } from './link-token.ts';

test('linkToken() takes what a token can be and nothing else', () => {
  assert.equal(linkToken('#abc-DEF_123'), 'abc-DEF_123');
  for (const hash of ['', '#', '#a b', '#<script>', `#${'x'.repeat(201)}`])
    assert.equal(linkToken(hash), undefined, hash);
});
