// Decides that the app and the contract agree on the length of a message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE_MAX_LENGTH } from '@parley/contract';
import { MAX_MESSAGE_LENGTH } from './message-length.ts';

test('MAX_MESSAGE_LENGTH is what the contract says', () => {
  assert.equal(MAX_MESSAGE_LENGTH, MESSAGE_MAX_LENGTH);
});
