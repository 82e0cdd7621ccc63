// Checks the identity policy against its whole truth table.
import assert from 'node:assert/strict';
import test from 'node:test';
import { mayChangeRoles, mayInvite } from './policy.ts';

test('mayInvite() lets nobody give more than they have, and members only into their own rooms', () => {
  const rooms = [null, { isOwner: false }, { isOwner: true }];
  const table = {
    admin: { admin: [true, true, true], manager: [true, true, true], member: [true, true, true] },
    manager: { admin: [false, false, false], manager: [true, true, true], member: [true, true, true] },
    member: { admin: [false, false, false], manager: [false, false, false], member: [false, false, true] },
  } as const;
  for (const actor of ['admin', 'manager', 'member'] as const)
    for (const role of ['admin', 'manager', 'member'] as const)
      assert.deepEqual(
        rooms.map((room) => mayInvite(actor, { role, room })),
        table[actor][role],
        `${actor} invites ${role}`,
      );
});

test('mayChangeRoles() is for administrators', () => {
  assert.deepEqual((['admin', 'manager', 'member'] as const).map(mayChangeRoles), [true, false, false]);
});
