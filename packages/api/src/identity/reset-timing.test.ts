// Checks that the time of an answer to a forgotten password does not tell whether there is an account.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { openTestSqlite } from '../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse } from './testing/house.ts';
import { areaUnderCurve, slackOf } from './testing/timing.ts';

const samples = Number(process.env['TIMING_SAMPLES'] ?? 150);

/** Asks in a thread of its own, as somebody far away does: what the server does after its answer holds nobody up. */
const client = `
  const { request, Agent } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const agent = new Agent({ keepAlive: true });
  parentPort.on('message', (email) => {
    const body = JSON.stringify({ email });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const from = performance.now();
    request(workerData, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => parentPort.postMessage([response.statusCode, performance.now() - from]));
    }).end(body);
  });`;

// identity 2.2: 100, 119
test('forgot: a known address, an unknown one and a disabled person take the same time', async (t) => {
  const database = await openTestSqlite(t);
  const many = { points: 1_000_000, windowSeconds: 60 };
  const house = await openHouse(database, { rates: { 'forgot-source': many, 'forgot-identifier': many } });
  const admin = await makeAdmin(house);
  await makePerson(house, admin, 'Eve');
  await database.transact((query) =>
    query.updateTable('users').set({ disabled_at: 1 }).where('email', '=', 'eve@example.org').execute(),
  );
  const url = `${await house.app.listen({ host: '127.0.0.1', port: 0 })}/v1/auth/password/forgot`;
  t.after(() => house.app.close());
  const worker = new Worker(client, { eval: true, workerData: url });
  t.after(() => worker.terminate());
  const timeOf = async (name: string): Promise<number> => {
    // What was done behind the answer before is over, and each mail is one that may be sent.
    await house.identity.ports.afterAnswer.idle();
    house.tick(3_600_001);
    worker.postMessage(`${name}@example.org`);
    const [[status, tookMs]] = (await once(worker, 'message')) as [[number, number]];
    assert.equal(status, 202);
    return tookMs;
  };
  const names = ['ada', 'bob', 'eve']; // known, unknown, disabled
  const measure = async (): Promise<number[]> => {
    const times = names.map((): number[] => []);
    for (let round = 0; round < samples; round += 1)
      for (let turn = 0; turn < names.length; turn += 1) {
        const index = (round + turn) % names.length;
        times[index]?.push(await timeOf(names[index] ?? ''));
      }
    const [known = [], ...others] = times;
    return others.map((other) => areaUnderCurve(known, other));
  };
  // A busy machine can make one measurement worthless; a leak shows in all of them.
  for (let attempt = 1; ; attempt += 1) {
    const found = await measure();
    const text = found.map((auc) => auc.toFixed(3)).join(', ');
    t.diagnostic(`attempt ${attempt}, ${samples} samples a class: AUC of unknown and disabled ${text}`);
    if (found.every((auc) => Math.abs(auc - 0.5) <= slackOf(samples))) return;
    assert.ok(attempt < 3, `they can be told apart three times out of three: ${text}`);
  }
});
