// Proves that the relay's bell is never missed.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createAlarm } from './alarm.ts';

const settled = async (promise: Promise<void>): Promise<boolean> => {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
  return isSettled;
};

void test('Alarm.sleep() ends by a ring, by time, by a ring before it, and at once when stopped', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const alarm = createAlarm();
  const first = alarm.sleep(1_000);
  assert.equal(await settled(first), false);
  alarm.ring();
  assert.equal(await settled(first), true);
  const second = alarm.sleep(1_000);
  mock.timers.tick(999);
  assert.equal(await settled(second), false);
  mock.timers.tick(1);
  assert.equal(await settled(second), true);
  alarm.ring();
  alarm.ring();
  assert.equal(await settled(alarm.sleep(1_000)), true);
  const last = alarm.sleep(1_000);
  assert.equal(await settled(last), false);
  alarm.stop();
  assert.equal(await settled(last), true);
  assert.equal(await settled(alarm.sleep(1_000)), true);
});

void test('Alarm.sleep() that is deaf sleeps on through rings and keeps them for the next sleep', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const alarm = createAlarm();
  const deaf = alarm.sleep(50, true);
  alarm.ring();
  assert.equal(await settled(deaf), false);
  mock.timers.tick(50);
  assert.equal(await settled(deaf), true);
  assert.equal(await settled(alarm.sleep(1_000)), true);
});
