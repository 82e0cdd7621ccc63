// Proves the truth tables of the room policy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '@parley/contract';
import {
  mayAppointOwners,
  mayChangeRoom,
  mayJoinRoom,
  mayManageMembers,
  mayPostInRoom,
  mayReadRoom,
  maySeeRoom,
  refusalFor,
  type Standing,
} from './policy.ts';

const QUESTIONS = {
  maySeeRoom,
  mayJoinRoom,
  mayReadRoom,
  mayPostInRoom,
  mayChangeRoom,
  mayManageMembers,
  mayAppointOwners,
};

// One letter a question, in the order of QUESTIONS: y or n.
const TABLE: [Role, Standing['roomRole'], 'public' | 'private', string][] = [
  ['member', null, 'public', 'yynnnnn'],
  ['member', null, 'private', 'nnnnnnn'],
  ['member', 'member', 'public', 'yyyynnn'],
  ['member', 'member', 'private', 'yyyynnn'],
  ['member', 'owner', 'public', 'yyyyyyy'],
  ['member', 'owner', 'private', 'yyyyyyy'],
  ['manager', null, 'public', 'yynnnyn'],
  ['manager', null, 'private', 'nnnnnyn'],
  ['manager', 'member', 'public', 'yyyynyn'],
  ['manager', 'member', 'private', 'yyyynyn'],
  ['manager', 'owner', 'public', 'yyyyyyy'],
  ['manager', 'owner', 'private', 'yyyyyyy'],
  ['admin', null, 'public', 'yynnyyy'],
  ['admin', null, 'private', 'nnnnnyy'],
  ['admin', 'member', 'public', 'yyyyyyy'],
  ['admin', 'member', 'private', 'yyyyyyy'],
  ['admin', 'owner', 'public', 'yyyyyyy'],
  ['admin', 'owner', 'private', 'yyyyyyy'],
];

test('room policy: every question for every standing', () => {
  for (const [role, roomRole, visibility, expected] of TABLE) {
    const standing: Standing = { who: { role, scopes: null }, roomRole, isPrivate: visibility === 'private' };
    const answers = Object.values(QUESTIONS).map((ask) => (ask(standing) ? 'y' : 'n'));
    assert.equal(answers.join(''), expected, `${role} ${roomRole} ${visibility}`);
  }
});

test('refusalFor() hides a private room from those outside and forbids where the room may be known', () => {
  assert.equal(refusalFor({ who: { role: 'admin', scopes: null }, roomRole: null, isPrivate: true }), 'not_found');
  assert.equal(
    refusalFor({ who: { role: 'member', scopes: null }, roomRole: null, isPrivate: false }),
    'auth.forbidden',
  );
  assert.equal(
    refusalFor({ who: { role: 'member', scopes: null }, roomRole: 'member', isPrivate: true }),
    'auth.forbidden',
  );
});
