// Checks the identity policy against its whole truth table.
import assert from 'node:assert/strict';
import test from 'node:test';
import { mayGrant, mayInvite, mayNameRoom } from './policy.ts';

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
        rooms.map((room) => mayInvite({ role: actor, scopes: null }, { role, room })),
        table[actor][role],
        `${actor} invites ${role}`,
      );
});

test('mayInvite() lets a key make plain members only, as far as its scopes reach', () => {
  const anyone = { role: 'admin', scopes: ['invitations:create', 'invitations:anyone'] } as const;
  assert.equal(mayInvite(anyone, { role: 'member', room: null }), true);
  assert.equal(mayInvite(anyone, { role: 'manager', room: null }), false);
  const own = { role: 'admin', scopes: ['invitations:create'] } as const;
  assert.equal(mayInvite(own, { role: 'member', room: null }), false);
  assert.equal(mayInvite(own, { role: 'member', room: { isOwner: true } }), true);
  assert.equal(mayInvite({ role: 'admin', scopes: [] }, { role: 'member', room: { isOwner: true } }), false);
});

test('mayNameRoom() hides private rooms from plain members who are not in them', () => {
  const hidden = { isPrivate: true, isMember: false };
  const roles = ['admin', 'manager', 'member'] as const;
  assert.deepEqual(
    roles.map((role) => mayNameRoom({ role, scopes: null }, hidden)),
    [true, true, false],
  );
  const member = { role: 'member', scopes: null } as const;
  assert.equal(mayNameRoom(member, { isPrivate: true, isMember: true }), true);
  assert.equal(mayNameRoom(member, { isPrivate: false, isMember: false }), true);
});

test('mayGrant() gives nothing that its maker lacks, and nothing that keys may not have', () => {
  const admin = { role: 'admin', scopes: null } as const;
  const member = { role: 'member', scopes: null } as const;
  assert.equal(mayGrant(admin, ['audit:read', 'rooms:read']), true);
  assert.equal(mayGrant(member, ['rooms:read']), true);
  assert.equal(mayGrant(member, ['rooms:read', 'audit:read']), false);
  assert.equal(mayGrant(admin, ['users:manage']), false);
  assert.equal(mayGrant({ role: 'admin', scopes: ['rooms:read'] }, ['audit:read']), false);
});
