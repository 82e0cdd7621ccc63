// Proves the names of channels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChannel, roomChannel, userChannel } from './channels.ts';

const ID = '019ab2c4-7e5a-7cc1-9d7e-0123456789ab';

test('roomChannel() and userChannel() give the promised names', () => {
  assert.equal(roomChannel(ID), `chat:${ID}`);
  assert.equal(userChannel(ID), `user:${ID}`);
});

test('parseChannel() reads back what is handed out and nothing else', () => {
  const cases: [string, ReturnType<typeof parseChannel>][] = [
    [`chat:${ID}`, { kind: 'room', roomId: ID }],
    [`user:${ID}`, { kind: 'user', userId: ID }],
    [`chat:${ID.toUpperCase()}`, undefined],
    [`$chat:${ID}`, undefined],
    [`chat:${ID}#1`, undefined],
    [`chat:${ID} `, undefined],
    ['chat:', undefined],
    ['', undefined],
    [`game:${ID}`, undefined],
    [ID, undefined],
  ];
  for (const [channel, expected] of cases) assert.deepEqual(parseChannel(channel), expected, channel);
});
