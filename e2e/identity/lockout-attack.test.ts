// Checks what an attack on one account does to its owner: nothing. `ATTACK_ATTEMPTS=10000` runs it in full.
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { solveProofOfWork } from '@parley/client';
import type { Problem, SessionTokens } from '@parley/contract';
import { createRoom, send, setUp, subscribe } from '../support/account.ts';
import { startServer, until } from '../support/server.ts';

const attempts = Number(process.env['ATTACK_ATTEMPTS'] ?? 2_000);
const addresses = attempts / 10;
const ownerLogins = 20;
const owner = { email: 'ana@example.com', password: 'correct horse battery' };

interface Answer {
  status: number;
  device: string | null;
  body: Partial<Problem & SessionTokens>;
}

async function logIn(url: string, from: string, more: object = {}, device?: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/auth/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': from,
      ...(device === undefined ? {} : { 'x-parley-device': device }),
    },
    body: JSON.stringify({ ...owner, client: 'native', ...more }),
  });
  const body = (await response.json()) as Answer['body'];
  return { status: response.status, device: response.headers.get('x-parley-device'), body };
}

// identity 2.2: 110
test(`${attempts} failed logins from ${addresses} addresses: the owner gets in, the attacker does not get to guess`, async (t) => {
  const server = await startServer({ NODE_ENV: 'development', PARLEY_TRUSTED_PROXIES: '1' });
  t.after(() => server.close());
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'General');
  const received: unknown[] = [];
  const subscriber = await subscribe(server.url, ana, `chat:${room.id}`, (data) => received.push(data));
  t.after(() => subscriber.close());
  const first = await logIn(server.url, '203.0.113.1');
  const device = first.device ?? '';
  assert.equal(first.status, 200);

  const statuses = new Map<number, number>();
  const owners: number[] = [];
  let next = 0;
  const attack = async (): Promise<void> => {
    for (let at = next++; at < attempts; at = next++) {
      const from = `10.${(at % addresses) >> 8}.${(at % addresses) & 255}.1`;
      const { status } = await logIn(server.url, from, { password: `guess ${at}` });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (at % Math.floor(attempts / ownerLogins) === 0)
        owners.push((await logIn(server.url, '203.0.113.1', {}, device)).status);
    }
  };
  await Promise.all(Array.from({ length: 8 }, attack));
  assert.deepEqual(
    owners,
    Array.from({ length: ownerLogins }, () => 200),
  );

  // An owner on a device that nobody knows: asked for some work, then let in.
  const started = Date.now();
  const asked = await logIn(server.url, '203.0.113.2');
  assert.equal(asked.body.code, 'auth.challenge_required');
  assert.ok(asked.body.challenge !== undefined);
  const proof = await solveProofOfWork(asked.body.challenge);
  assert.equal((await logIn(server.url, '203.0.113.2', { proof })).status, 200);
  const extraMs = Date.now() - started;
  assert.ok(extraMs <= 60_000, `${extraMs} ms`);

  // What lives goes on living: the session, its refresh, its socket.
  const refreshToken = first.body.refreshToken;
  const refreshed = await fetch(`${server.url}/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  });
  assert.equal(refreshed.status, 200);
  await send(ana, room.id, 'after-the-attack');
  await until('the message on the live socket', () => received.length > 0);

  const database = new DatabaseSync(path.join(server.data, 'parley.db'), { readOnly: true });
  t.after(() => database.close());
  const judged = () =>
    Number(database.prepare(`select count(*) as n from audit_events where name = 'login.failed'`).get()?.['n']);
  await until('the audit of every judged password', () => judged() === (statuses.get(401) ?? 0));
  assert.ok(judged() <= 100, `${judged()} passwords were judged`);
  assert.deepEqual(
    [...statuses.keys()].toSorted((one, other) => one - other),
    [401, 403],
    'the rest got a challenge',
  );
  t.diagnostic(`${judged()} judged, ${statuses.get(403)} challenged; the owner's unknown device waited ${extraMs} ms`);
});
