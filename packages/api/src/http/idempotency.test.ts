// Checks what happens when a POST comes again under the same Idempotency-Key.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { eachDatabase, openTestSqlite } from '../db/testing/each-database.ts';
import { problem } from './problems.ts';
import { openPlatform } from './testing/platform.ts';

/** A route that counts its runs, waits when told to, and fails when told to. */
function open(database: Database) {
  const state = { runs: 0, gate: Promise.resolve(), entered: () => {} };
  const body = z.strictObject({ say: z.string() });
  const platform = openPlatform(
    (scope) => {
      scope.post(
        '/v1/rooms/:id/things',
        { schema: { body, response: { 201: z.object({ run: z.number() }) } } },
        async (request, reply) => {
          const run = ++state.runs;
          state.entered();
          await state.gate;
          if (request.body.say === 'refuse') return problem(reply, 'auth.forbidden');
          if (request.body.say === 'fail') throw new Error('broken');
          return reply.code(201).send({ run });
        },
      );
      scope.post('/v1/secret', { config: { idempotency: 'off' } }, () => ({ run: ++state.runs }));
    },
    { database, rates: { 'idempotency-user': { points: 1_000, windowSeconds: 60 } } },
  );
  const post = (key: string, say = 'hi', { user = 'ann', room = '1' } = {}) =>
    platform.app.inject({
      method: 'POST',
      url: `/v1/rooms/${room}/things`,
      payload: { say },
      headers: { authorization: `Bearer user.${user}`, 'idempotency-key': key },
    });
  return { ...platform, state, post };
}

eachDatabase('Idempotency-Key: the answer comes again, for that person, path and body only', async (database) => {
  const { post, state, app } = open(database);
  const first = await post('k1');
  const again = await post('k1');
  assert.equal(first.statusCode, 201);
  assert.equal(again.statusCode, 201);
  assert.deepEqual(again.json(), { run: 1 });
  assert.equal(first.headers['idempotency-replayed'], undefined);
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.equal(again.headers['content-type'], first.headers['content-type']);
  assert.equal((await post('k1', 'other')).json().code, 'idempotency.mismatch');
  assert.deepEqual((await post('k1', 'hi', { user: 'bob' })).json(), { run: 2 });
  assert.deepEqual((await post('k1', 'hi', { room: '2' })).json(), { run: 3 });
  assert.equal((await post('k2', 'refuse')).statusCode, 403);
  const refusedAgain = await post('k2', 'refuse');
  assert.equal(refusedAgain.headers['idempotency-replayed'], 'true');
  assert.equal(refusedAgain.headers['content-type'], 'application/problem+json');
  assert.equal(state.runs, 4);
  for (const key of ['', 'a b', 'x'.repeat(256)]) assert.equal((await post(key)).json().code, 'request.malformed', key);
  const secret = { authorization: 'Bearer user.ann', 'idempotency-key': 'k9' };
  await app.inject({ method: 'POST', url: '/v1/secret', payload: {}, headers: secret });
  await app.inject({ method: 'POST', url: '/v1/secret', payload: {}, headers: secret });
  assert.equal(state.runs, 6);
});

eachDatabase('Idempotency-Key: a fault frees the key, and of many at once one runs', async (database) => {
  const { post, state } = open(database);
  assert.equal((await post('k1', 'fail')).statusCode, 500);
  assert.equal((await post('k1', 'hi')).statusCode, 201);
  const release: { now: () => void } = { now: () => {} };
  state.gate = new Promise((resolve) => {
    release.now = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    state.entered = resolve;
  });
  const running = post('k2');
  await entered;
  const others = await Promise.all([post('k2'), post('k2'), post('k2')]);
  release.now();
  assert.equal((await running).statusCode, 201);
  for (const other of others) {
    assert.equal(other.json().code, 'idempotency.in_progress');
    assert.equal(other.headers['retry-after'], '1');
  }
  assert.equal((await post('k2')).headers['idempotency-replayed'], 'true');
  assert.equal(state.runs, 3);
});

test('Idempotency-Key: answers are kept 24 hours, and what a killed process left is run again', async (t) => {
  const database = await openTestSqlite(t);
  const { post, state, tick } = open(database);
  await post('k1');
  tick(24 * 3_600_000);
  assert.equal((await post('k1')).headers['idempotency-replayed'], 'true');
  tick(60_000);
  await post('k2');
  assert.deepEqual((await post('k1')).json(), { run: 3 });
  await database.transact((query) =>
    query.updateTable('idempotency').set({ status: null, body: null }).where('key', '=', 'k1').execute(),
  );
  assert.equal((await post('k1')).json().code, 'idempotency.in_progress');
  tick(60_000);
  assert.deepEqual((await post('k1')).json(), { run: 4 });
  assert.equal(state.runs, 4);
});
