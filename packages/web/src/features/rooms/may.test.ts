// Decides what is offered to whom, as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomMay } from './may.ts';

test('roomMay() offers owners and administrators everything, managers people, members nothing', () => {
  const joinedAt = '2026-11-22T10:00:00.000Z';
  const table = [
    ['owner', 'member', true, true, true],
    ['member', 'admin', true, true, true],
    ['member', 'manager', true, false, false],
    ['member', 'member', false, false, false],
  ] as const;
  for (const [role, installationRole, invite, rename, moderate] of table) {
    const may = roomMay({ membership: { role, readSeq: 0, joinedAt } }, { role: installationRole });
    assert.deepEqual(may, { invite, rename, manage: invite, moderate }, `${role} ${installationRole}`);
  }
});
