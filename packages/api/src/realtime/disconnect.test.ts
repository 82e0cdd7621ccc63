// Checks that connections are cut in the end, whatever the gateway does, and that nothing is tried for ever.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServerApi } from '@parley/protocol';
import { LIMITS } from '../http/limits.ts';
import { captureLog } from '../http/testing/platform.ts';
import { createDisconnector } from './disconnect.ts';

/** A gateway that answers what the script says, call by call; the last word is repeated. */
function open(script: ('ok' | 'refused' | 'lost')[]) {
  const calls: [string, unknown][] = [];
  const pauses: number[] = [];
  const serverApi = {
    call: (method: string, params: unknown) => {
      const word = script[Math.min(calls.length, script.length - 1)];
      calls.push([method, params]);
      if (word === 'lost') return Promise.reject(new Error('no connection'));
      return Promise.resolve(word === 'ok' ? { result: {} } : { error: { code: 100, message: 'internal' } });
    },
  } as unknown as ServerApi;
  const wait = (ms: number) => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const captured = captureLog();
  return {
    ...captured,
    calls,
    pauses,
    disconnector: createDisconnector({ serverApi, clock: { now: () => 1_000_500 }, log: captured.log, wait }),
  };
}

const cutAnn = ['disconnect', { user: 'ann', disconnect: { code: 3014, reason: 'state invalidated' } }];

test('disconnect() sends code 3014, and tries again until the gateway has answered', async () => {
  const { disconnector, calls, pauses } = open(['lost', 'refused', 'ok']);
  disconnector.disconnect('ann');
  await disconnector.idle();
  assert.deepEqual(calls, [cutAnn, cutAnn, cutAnn]);
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

test('disconnectSession() cuts the connections of one session; where the gateway cannot, all of the person', async () => {
  const { disconnector, calls } = open(['lost', 'ok']);
  disconnector.disconnectSession({ sessionId: 's1', userId: 'ann' });
  await disconnector.idle();
  const cutSession = ['revoke_token', { uid: 's1', expire_at: 1_060 }];
  assert.deepEqual(calls, [cutSession, cutSession]);
  const old = open(['refused', 'ok']);
  old.disconnector.disconnectSession({ sessionId: 's1', userId: 'ann' });
  await old.disconnector.idle();
  assert.deepEqual(old.calls, [cutSession, cutAnn]);
  // Who only heard of the session from another node leaves it to that node.
  const other = open(['refused']);
  other.disconnector.disconnectSession({ sessionId: 's1' });
  await other.disconnector.idle();
  assert.equal(
    other.calls.some(([method]) => method === 'disconnect'),
    false,
  );
});
