import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.ts';
import { ChannelWatch } from './channel-watch.ts';

function start() {
  const clock = createFakeClock();
  const said: string[] = [];
  const watch = new ChannelWatch({
    clock,
    vacatedDelayMs: 5_000,
    resolutionMs: 200,
    changed: ({ type, channel }) => said.push(`${type} ${channel}`),
  });
  return { clock, said, watch };
}

test('a channel is occupied by its first subscriber and vacated a while after its last', () => {
  const { clock, said, watch } = start();
  watch.joined('a');
  watch.joined('a');
  watch.left('a');
  clock.tick(10_000);
  assert.deepEqual(said, ['occupied a']);
  watch.left('a');
  clock.tick(4_800);
  assert.deepEqual([said.length, watch.occupiedCount], [1, 1]);
  clock.tick(200);
  assert.deepEqual([said, watch.occupiedCount], [['occupied a', 'vacated a'], 0]);
  watch.left('a');
  watch.joined('a');
  assert.deepEqual(said.slice(2), ['occupied a']);
});

test('who comes back in time is not worth a word', () => {
  const { clock, said, watch } = start();
  for (let time = 0; time < 10; time += 1) {
    watch.joined('a');
    watch.left('a');
    clock.tick(4_000);
  }
  assert.deepEqual(said, ['occupied a']);
  clock.tick(1_000);
  assert.deepEqual(said, ['occupied a', 'vacated a']);
});

test('many channels are vacated each in its time, also when the time was set back', () => {
  const { clock, said, watch } = start();
  for (const channel of ['a', 'b', 'c']) watch.joined(channel);
  watch.left('a');
  clock.tick(2_000);
  watch.left('b');
  clock.tick(3_000);
  assert.deepEqual(said.slice(3), ['vacated a']);
  clock.setBack(3_600_000);
  clock.tick(5_200);
  assert.deepEqual(said.slice(3), ['vacated a', 'vacated b']);
});

test('snapshot() says what is occupied, close() vacates at once what is empty', () => {
  const { said, watch } = start();
  watch.joined('a');
  watch.joined('b');
  watch.left('b');
  assert.deepEqual(watch.snapshot(), [
    { type: 'reset', channel: '' },
    { type: 'occupied', channel: 'b' },
    { type: 'occupied', channel: 'a' },
  ]);
  watch.close();
  assert.deepEqual(said.slice(2), ['vacated b']);
});
