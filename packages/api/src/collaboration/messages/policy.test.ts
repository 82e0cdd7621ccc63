// Proves the truth tables of the message policy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '@parley/contract';
import type { Standing } from '../rooms/policy.ts';
import { mayDeleteMessage, mayEditMessage } from './policy.ts';

// Answers: edit own, edit another's, delete own, delete another's.
const TABLE: [Role, Standing['roomRole'], boolean, string][] = [
  ['member', null, false, 'nnnn'],
  ['member', null, true, 'nnnn'],
  ['member', 'member', false, 'ynyn'],
  ['member', 'member', true, 'ynyn'],
  ['member', 'owner', false, 'ynyy'],
  ['member', 'owner', true, 'ynyy'],
  ['manager', null, false, 'nnnn'],
  ['manager', 'member', true, 'ynyn'],
  ['admin', null, false, 'nnyy'],
  ['admin', null, true, 'nnnn'],
  ['admin', 'member', true, 'ynyy'],
];

test('message policy: editing and deleting for every standing', () => {
  for (const [role, roomRole, isPrivate, expected] of TABLE) {
    const standing = { who: { role, scopes: null }, roomRole, isPrivate };
    const answers = [
      mayEditMessage(standing, true),
      mayEditMessage(standing, false),
      mayDeleteMessage(standing, true),
      mayDeleteMessage(standing, false),
    ];
    assert.equal(answers.map((answer) => (answer ? 'y' : 'n')).join(''), expected, `${role} ${roomRole}`);
  }
});
