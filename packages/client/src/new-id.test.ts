// Decides that ids have the form that the contract asks of `clientMessageId`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageSend } from '@parley/contract';
import { newId } from './new-id.ts';

test('newId() makes distinct ids that the contract accepts', () => {
  const ids = Array.from({ length: 1_000 }, newId);
  assert.equal(new Set(ids).size, 1_000);
  for (const id of ids) assert.ok(MessageSend.safeParse({ clientMessageId: id, text: 'x' }).success, id);
});
