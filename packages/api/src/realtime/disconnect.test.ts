// Checks that connections are cut in the end, whatever the gateway does, and that nothing is tried for ever.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServerApi } from '@parley/protocol';
import { LIMITS } from '../http/limits.ts';
import { captureLog } from '../http/testing/platform.ts';
import { createDisconnector } from './disconnect.ts';

/** A gateway that answers what the script says, call by call; the last word is repeated. */
function open(script: ('ok' | 'refused' | 'lost')[]) {
  const calls: unknown[] = [];
  const pauses: number[] = [];
  const serverApi = {
    call: (_method: string, params: unknown) => {
      const word = script[Math.min(calls.length, script.length - 1)];
      calls.push(params);
      if (word === 'lost') return Promise.reject(new Error('no connection'));
      return Promise.resolve(word === 'ok' ? { result: {} } : { error: { code: 100, message: 'internal' } });
    },
  } as unknown as ServerApi;
  const wait = (ms: number) => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const captured = captureLog();
  return { ...captured, calls, pauses, disconnector: createDisconnector({ serverApi, log: captured.log, wait }) };
}

test('disconnect() sends code 3014, and tries again until the gateway has answered', async () => {
  const { disconnector, calls, pauses } = open(['lost', 'refused', 'ok']);
  disconnector.disconnect('ann');
  await disconnector.idle();
  const params = { user: 'ann', disconnect: { code: 3014, reason: 'state invalidated' } };
  assert.deepEqual(calls, [params, params, params]);
  assert.deepEqual(pauses, [100, 200]);
});

test('disconnect() gives up after its tries and says so', async () => {
  const { disconnector, calls, pauses, lines } = open(['lost']);
  disconnector.disconnect('ann');
  await disconnector.idle();
  assert.equal(calls.length, LIMITS.disconnect.attempts);
  assert.equal(Math.max(...pauses), LIMITS.disconnect.longestPauseMs);
  assert.equal(lines().filter((line) => line['level'] === 'error').length, 1);
});

test('disconnect() of a person who is being cut already happens once more, after it', async () => {
  const { disconnector, calls } = open(['ok']);
  disconnector.disconnect('ann');
  disconnector.disconnect('ann');
  disconnector.disconnect('ann');
  await disconnector.idle();
  assert.equal(calls.length, 2);
});
