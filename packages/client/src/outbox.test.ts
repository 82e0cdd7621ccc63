// Proves that messages leave in order, once, over failures, reloads and several tabs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/contract';
import type { Http, HttpRequest } from './http.ts';
import { OUTBOX_MAX, Outbox } from './outbox.ts';
import { ParleyProblem, clientProblem } from './problem.ts';
import type { Outcome } from './problem.ts';
import { createFakeClock, turn } from './testing/fake-clock.ts';
import { createFakeTabs } from './testing/fake-tabs.ts';
import { ME, createRoomLog } from './testing/room-log.ts';

const UNREACHABLE = clientProblem('network.unreachable', 'The server cannot be reached');

function createFakeServer() {
  const logs = new Map<string, ReturnType<typeof createRoomLog>>();
  const sent: string[] = [];
  const server = {
    sent,
    /** Answers of the next requests; a lost one is stored, but its answer does not arrive. */
    next: [] as (ParleyProblem | 'lost' | 'fine')[],
    inFlight: 0,
    mostInFlight: 0,
    messages: (roomId: string) => (logs.get(roomId)?.messages() ?? []).map((message) => message.clientMessageId),
    http: {
      async request<T>(request: HttpRequest): Promise<Outcome<T>> {
        server.inFlight += 1;
        server.mostInFlight = Math.max(server.mostInFlight, server.inFlight);
        await turn();
        server.inFlight -= 1;
        return store(request) as Outcome<T>;
      },
    } satisfies Http,
  };
  function store(request: HttpRequest): Outcome<Message> {
    const roomId = request.path.split('/')[3]!;
    const { clientMessageId, text } = request.body as { clientMessageId: string; text: string };
    sent.push(text);
    const scripted = server.next.shift() ?? 'fine';
    if (scripted instanceof ParleyProblem) return { ok: false, problem: scripted };
    const log = logs.get(roomId) ?? createRoomLog(roomId);
    logs.set(roomId, log);
    const known = log.messages().find((message) => message.clientMessageId === clientMessageId);
    const message = known ?? log.create(ME, clientMessageId);
    return scripted === 'lost' ? { ok: false, problem: UNREACHABLE } : { ok: true, value: message };
  }
  return server;
}

function fixture() {
  const clock = createFakeClock();
  const server = createFakeServer();
  const ports = createFakeTabs(clock);
  let ids = 0;
  const confirmed: string[] = [];
  return {
    clock,
    server,
    confirmed,
    otherTab: () => ports().tabs,
    newTab: (userId = ME.id) => {
      const tab = ports();
      const outbox = new Outbox(tab, {
        http: server.http,
        userId,
        scope: 'test',
        onSent: (message) => void confirmed.push(message.clientMessageId),
        newId: () => `client-${(ids += 1)}`,
      });
      return { outbox, network: tab.network, storage: tab.storage, notes: tab.notes };
    },
  };
}

const states = (outbox: Outbox): string[] =>
  outbox.entries.getSnapshot().map((entry) => `${entry.text}:${entry.state.name}`);

test('send() keeps the order of a room, one request at a time, and empties', async () => {
  const { clock, server, newTab, confirmed } = fixture();
  const { outbox } = newTab();
  await outbox.start();
  for (const text of ['a', 'b', 'c']) assert.equal(outbox.send('r1', text).ok, true);
  assert.deepEqual(states(outbox), ['a:waiting', 'b:waiting', 'c:waiting']);
  await clock.tick(0);
  assert.deepEqual(server.sent, ['a', 'b', 'c']);
  assert.equal(server.mostInFlight, 1);
  assert.deepEqual(states(outbox), []);
  assert.deepEqual(confirmed, ['client-1', 'client-2', 'client-3']);
});

test('a lost answer is repeated with the same id, nothing overtakes it, and nothing is doubled', async () => {
  const { clock, server, newTab } = fixture();
  const { outbox } = newTab();
  server.next = ['lost', UNREACHABLE, 'lost'];
  for (const text of ['a', 'b']) outbox.send('r1', text);
  await clock.tick(0);
  assert.deepEqual(states(outbox), ['a:waiting', 'b:waiting']);
  await clock.tick(60_000);
  assert.deepEqual(server.sent, ['a', 'a', 'a', 'a', 'b']);
  assert.deepEqual(server.messages('r1'), ['client-1', 'client-2']);
  assert.deepEqual(states(outbox), []);
});

test('a room that waits does not hold up another room', async () => {
  const { clock, server, newTab } = fixture();
  const { outbox } = newTab();
  server.next = [UNREACHABLE];
  outbox.send('r1', 'slow');
  await clock.tick(0);
  outbox.send('r2', 'quick');
  await clock.tick(0);
  assert.deepEqual(server.messages('r2'), ['client-2']);
  assert.deepEqual(states(outbox), ['slow:waiting']);
});

test('429 waits as long as the server says', async () => {
  const { clock, server, newTab } = fixture();
  const { outbox } = newTab();
  server.next = [new ParleyProblem({ status: 429, code: 'rate.limited', title: 'slow down', retryAfterMs: 9_000 })];
  outbox.send('r1', 'a');
  await clock.tick(8_900);
  assert.equal(server.sent.length, 1);
  await clock.tick(200);
  assert.equal(server.sent.length, 2);
});

test('a refusal for good fails that message only; retry() and discard() settle it', async () => {
  const { clock, server, newTab } = fixture();
  const { outbox } = newTab();
  const refusal = new ParleyProblem({ status: 403, code: 'auth.forbidden', title: 'You may not', requestId: 'q1' });
  server.next = [refusal, 'fine', refusal];
  outbox.send('r1', 'a');
  outbox.send('r1', 'b');
  await clock.tick(0);
  assert.deepEqual(
    outbox.entries.getSnapshot().map((entry) => entry.state),
    [{ name: 'failed', failure: { code: 'auth.forbidden', title: 'You may not', detail: undefined, requestId: 'q1' } }],
  );
  outbox.retry('client-1');
  await clock.tick(0);
  assert.deepEqual(states(outbox), ['a:failed']);
  assert.equal(outbox.discard('client-1'), 'a');
  assert.deepEqual(states(outbox), []);
  assert.deepEqual(server.messages('r1'), ['client-2']);
});

test('a reload loses nothing: waiting and failed messages are there again and go out once', async () => {
  const { clock, server, newTab } = fixture();
  const first = newTab();
  server.next = [new ParleyProblem({ status: 400, code: 'request.invalid', title: 'bad' }), 'lost'];
  for (const text of ['bad', 'a', 'b']) first.outbox.send('r1', text);
  await clock.tick(0);
  first.outbox.close();
  await clock.tick(0);
  const second = newTab();
  await second.outbox.start();
  assert.deepEqual(states(second.outbox).slice(0, 1), ['bad:failed']);
  await clock.tick(0);
  assert.deepEqual(server.messages('r1'), ['client-2', 'client-3']);
  assert.deepEqual(states(second.outbox), ['bad:failed']);
});

test('two tabs send one after the other, in order, and both end empty', async () => {
  const { clock, server, newTab } = fixture();
  const [one, two] = [newTab(), newTab()];
  for (const at of [1, 2, 3]) {
    one.outbox.send('r1', `one ${at}`);
    two.outbox.send('r1', `two ${at}`);
  }
  await clock.tick(60_000);
  assert.equal(server.mostInFlight, 1);
  assert.equal(server.messages('r1').length, 6);
  assert.equal(server.sent.length, 6);
  for (const name of ['one', 'two']) {
    assert.deepEqual(
      server.sent.filter((text) => text.startsWith(name)),
      [1, 2, 3].map((at) => `${name} ${at}`),
    );
  }
  assert.deepEqual([states(one.outbox), states(two.outbox)], [[], []]);
});

test('one account does not send what another has left', async () => {
  const { clock, server, newTab } = fixture();
  const mine = newTab();
  mine.network.set(false);
  server.next = [UNREACHABLE];
  mine.outbox.send('r1', 'secret');
  await clock.tick(0);
  mine.outbox.close();
  const theirs = newTab('other');
  await theirs.outbox.start();
  await clock.tick(60_000);
  assert.deepEqual(states(theirs.outbox), []);
  assert.deepEqual(server.messages('r1'), []);
});

test('send() refuses blank and too long texts, and more than fit', () => {
  const { newTab } = fixture();
  const { outbox } = newTab();
  const codeOf = (text: string): string => {
    const outcome = outbox.send('r1', text);
    return outcome.ok ? 'ok' : outcome.problem.code;
  };
  assert.equal(codeOf('  \n'), 'message.blank');
  assert.equal(codeOf('x'.repeat(8_001)), 'message.too_long');
  assert.equal(codeOf('x'.repeat(8_000)), 'ok');
  for (let at = 1; at < OUTBOX_MAX; at += 1) assert.equal(codeOf('x'), 'ok');
  assert.equal(codeOf('x'), 'outbox.full');
});

test('a storage that fails costs the reload, not the message', async () => {
  const { clock, server, newTab, otherTab } = fixture();
  const { outbox, storage, notes } = newTab();
  const tab = otherTab();
  storage.set = () => Promise.reject(new Error('full'));
  server.next = [UNREACHABLE];
  outbox.send('r1', 'a');
  await clock.tick(0);
  assert.deepEqual(notes, ['The outbox could not be stored; it will not survive a reload']);
  // What another tab does makes this one read the storage again, in which the message is not.
  tab.post({ kind: 'outbox.changed', userId: ME.id });
  await clock.tick(0);
  assert.deepEqual(states(outbox), ['a:waiting']);
  await clock.tick(60_000);
  assert.deepEqual(server.messages('r1'), ['client-1']);
});

test('confirm() ends a message whose event came before its answer', async () => {
  const { clock, server, newTab } = fixture();
  const { outbox } = newTab();
  server.next = ['lost'];
  outbox.send('r1', 'a');
  await clock.tick(0);
  outbox.confirm('client-1');
  await clock.tick(60_000);
  assert.deepEqual(server.sent, ['a']);
  assert.deepEqual(states(outbox), []);
});
