// Proves that ids are UUIDv7, carry their time and do not repeat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Id } from '@parley/contract';
import { newId } from './ids.ts';

void test('newId() makes canonical UUIDv7s that carry the time and differ', () => {
  const ids = Array.from({ length: 1_000 }, () => newId(0x0123456789ab));
  for (const id of ids) {
    assert.match(id, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(Id.safeParse(id).success, true);
  }
  assert.equal(new Set(ids).size, 1_000);
  assert.equal(new Set(ids.map((id) => id.slice(14))).size, 1_000);
});
