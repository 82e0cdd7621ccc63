// Proves that an open room is live, catches up after any loss, and is left when nobody looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, MessageQuery } from '@parley/contract';
import { createEndpoints } from './endpoints.ts';
import type { HttpRequest } from './http.ts';
import { Outbox } from './outbox.ts';
import { ParleyProblem, clientProblem } from './problem.ts';
import type { Outcome } from './problem.ts';
import { ParleyRoom } from './room.ts';
import { createFakeClock, turn } from './testing/fake-clock.ts';
import { createFakeRealtime } from './testing/fake-realtime.ts';
import { createFakeTabs } from './testing/fake-tabs.ts';
import { ME, OTHER, createRoomLog } from './testing/room-log.ts';

const UNREACHABLE = clientProblem('network.unreachable', 'The server cannot be reached');

function fixture() {
  const clock = createFakeClock();
  const log = createRoomLog();
  const realtime = createFakeRealtime();
  const requests: HttpRequest[] = [];
  const next: ParleyProblem[] = [];
  const http = {
    async request<T>(request: HttpRequest): Promise<Outcome<T>> {
      requests.push(request);
      const problem = next.shift();
      await turn();
      if (problem !== undefined) return { ok: false, problem };
      return { ok: true, value: answer(request) as T };
    },
  };
  const answer = (request: HttpRequest): unknown => {
    const [, , , , part, messageId] = request.path.split('/');
    if (part === 'changes') return log.changes(Number(request.query?.['since']), Number(request.query?.['limit']));
    if (part !== 'messages') return undefined;
    if (request.method === 'GET') return log.page(request.query as MessageQuery);
    if (request.method === 'POST') return log.create(ME, (request.body as Message).clientMessageId);
    const seq = Number(messageId?.slice(1));
    return request.method === 'PATCH' ? log.edit(seq, (request.body as Message).text) : log.remove(seq);
  };
  const tab = createFakeTabs(clock)();
  let ids = 0;
  const newId = (): string => `client-${(ids += 1)}`;
  const read: number[] = [];
  const catchingUp: number[] = [];
  const outbox = new Outbox(tab, {
    http,
    userId: ME.id,
    scope: 't',
    newId,
    onSent: (message) => room.accepted(message),
  });
  const room: ParleyRoom = new ParleyRoom(
    {
      clock,
      log: tab.log,
      userId: ME.id,
      endpoints: createEndpoints(http, newId),
      outbox,
      pool: realtime.pool,
      rooms: { noteRead: (_, seq) => void read.push(seq), noteChange: () => undefined },
      onCatchingUp: (by) => void catchingUp.push(by),
    },
    'r1',
  );
  const texts = (): string[] =>
    room.view.getSnapshot().items.map((item) => (item.kind === 'message' ? item.message.text : `(${item.entry.text})`));
  const paths = (part: string): HttpRequest[] => requests.filter((request) => request.path.endsWith(part));
  const channel = () => realtime.live.get('chat:r1')!;
  return { clock, log, realtime, room, next, requests, texts, paths, channel, read, catchingUp, outbox };
}

const statusOf = (room: ParleyRoom): string => room.view.getSnapshot().status.name;

test('open() shows the newest page, then is live', async () => {
  const { clock, log, room, texts, channel } = fixture();
  for (const at of [1, 2, 3]) log.create(OTHER, `other-${at}`);
  room.open();
  assert.equal(statusOf(room), 'loading');
  channel().accept(false);
  await clock.tick(0);
  assert.deepEqual(texts(), ['text 1', 'text 2', 'text 3']);
  assert.equal(statusOf(room), 'live');
  log.create(OTHER, 'other-4');
  channel().publish(log.events.at(-1));
  assert.deepEqual(texts(), ['text 1', 'text 2', 'text 3', 'text 4']);
});

test('an event that shows a gap fetches what is missing', async () => {
  const { clock, log, room, texts, channel, paths } = fixture();
  room.open();
  channel().accept(false);
  await clock.tick(0);
  const before = paths('/changes').length;
  for (const at of [1, 2, 3]) log.create(OTHER, `other-${at}`);
  channel().publish(log.events[2]);
  assert.equal(statusOf(room), 'catching-up');
  await clock.tick(0);
  assert.deepEqual(texts(), ['text 1', 'text 2', 'text 3']);
  assert.equal(statusOf(room), 'live');
  assert.equal(paths('/changes').length, before + 1);
});

test('a reconnect with recovery asks for nothing; without it everything missed is fetched, edits too', async () => {
  const { clock, log, room, texts, channel, requests, catchingUp } = fixture();
  log.create(OTHER, 'other-1');
  room.open();
  channel().accept(false);
  await clock.tick(0);
  channel().lose();
  assert.equal(statusOf(room), 'disconnected');
  const asked = requests.length;
  channel().accept(true);
  await clock.tick(0);
  assert.equal(statusOf(room), 'live');
  assert.equal(requests.length, asked);
  channel().lose();
  log.edit(1, 'changed');
  log.create(OTHER, 'other-2');
  channel().accept(false);
  await clock.tick(0);
  assert.deepEqual(texts(), ['changed', 'text 2']);
  assert.equal(
    catchingUp.reduce((sum, by) => sum + by, 0),
    0,
  );
});

test('a failure while catching up is shown and tried again by itself', async () => {
  const { clock, log, room, texts, channel, next } = fixture();
  log.create(OTHER, 'other-1');
  next.push(UNREACHABLE, UNREACHABLE);
  room.open();
  await clock.tick(0);
  assert.deepEqual(room.view.getSnapshot().status, { name: 'failed', problem: UNREACHABLE });
  channel().accept(false);
  await clock.tick(10_000);
  assert.deepEqual(texts(), ['text 1']);
  assert.equal(statusOf(room), 'live');
});

test('after a very long absence the room starts again from the newest page', async () => {
  const { clock, log, room, channel } = fixture();
  for (let at = 0; at < 10; at += 1) log.create(OTHER, `early-${at}`);
  room.open();
  channel().accept(false);
  await clock.tick(0);
  channel().lose();
  for (let at = 0; at < 3_000; at += 1) log.create(OTHER, `late-${at}`);
  const generation = room.view.getSnapshot().generation;
  channel().accept(false);
  await clock.tick(0);
  const { items, hasOlder, hasNewer, generation: later } = room.view.getSnapshot();
  assert.deepEqual([items.length, hasOlder, hasNewer, later], [50, true, false, generation + 1]);
  assert.equal(statusOf(room), 'live');
});

test('send() shows the message at once and never twice', async () => {
  const { clock, log, room, texts, channel } = fixture();
  room.open();
  channel().accept(false);
  await clock.tick(0);
  const shown: string[][] = [];
  room.view.subscribe(() => shown.push(texts()));
  room.send('hi');
  assert.deepEqual(texts(), ['(hi)']);
  await clock.tick(0);
  channel().publish(log.events.at(-1));
  assert.deepEqual(texts(), ['text 1']);
  for (const list of shown) assert.equal(list.length, 1, `never none, never two: ${list.join()}`);
});

test('the event of a sent message ends it although its answer was lost', async () => {
  const { clock, log, room, texts, channel, next, outbox, paths } = fixture();
  room.open();
  channel().accept(false);
  await clock.tick(0);
  next.push(UNREACHABLE);
  room.send('hi');
  await clock.tick(0);
  log.create(ME, 'client-1');
  channel().publish(log.events.at(-1));
  assert.deepEqual(texts(), ['text 1']);
  assert.deepEqual(outbox.entries.getSnapshot(), []);
  await clock.tick(60_000);
  assert.equal(paths('/messages').filter((request) => request.method === 'POST').length, 1);
});

test('loadOlder() walks back to the first message; loadAround() and loadNewer() come back to the newest', async () => {
  const { clock, log, room, channel, texts } = fixture();
  for (let at = 0; at < 170; at += 1) log.create(OTHER, `other-${at}`);
  room.open();
  channel().accept(false);
  await clock.tick(0);
  while (room.view.getSnapshot().hasOlder) assert.deepEqual(await room.loadOlder(), { ok: true, value: undefined });
  assert.deepEqual(
    texts(),
    log.messages().map((message) => message.text),
  );
  const { room: second, channel: other, log: big, clock: time } = fixture();
  for (let at = 0; at < 170; at += 1) big.create(OTHER, `other-${at}`);
  second.open();
  other().accept(false);
  await time.tick(0);
  await second.loadAround('m40');
  assert.equal(second.view.getSnapshot().hasNewer, true);
  big.create(OTHER, 'live');
  other().publish(big.events.at(-1));
  while (second.view.getSnapshot().hasNewer) await second.loadNewer();
  assert.equal(second.view.getSnapshot().items.at(-1)?.key, 'm171');
});

test('edit() and remove() show the answer; the event changes nothing more', async () => {
  const { clock, log, room, texts, channel } = fixture();
  log.create(ME, 'mine-1');
  room.open();
  channel().accept(false);
  await clock.tick(0);
  await room.edit('m1', 'better');
  assert.deepEqual(texts(), ['better']);
  const view = room.view.getSnapshot().items;
  channel().publish(log.events.at(-1));
  assert.deepEqual(room.view.getSnapshot().items, view);
  await room.remove('m1');
  assert.deepEqual(texts(), ['']);
});

test('open() twice shares one subscription; the room is left a moment after the last has gone', async () => {
  const { clock, room, realtime } = fixture();
  // What StrictMode does: mount, unmount, mount again.
  room.open()();
  const first = room.open();
  const second = room.open();
  assert.deepEqual(realtime.made, ['chat:r1']);
  first();
  first();
  await clock.tick(5_000);
  assert.equal(room.isClosed, false);
  second();
  await clock.tick(900);
  assert.equal(room.isClosed, false);
  await clock.tick(200);
  assert.equal(room.isClosed, true);
  assert.equal(realtime.live.size, 0);
});

test('a closed room is shown at once when opened again, and catches up', async () => {
  const { clock, log, room, texts, channel } = fixture();
  log.create(OTHER, 'other-1');
  const leave = room.open();
  channel().accept(false);
  await clock.tick(0);
  leave();
  await clock.tick(2_000);
  log.create(OTHER, 'other-2');
  room.open();
  assert.deepEqual(texts(), ['text 1']);
  await clock.tick(0);
  assert.deepEqual(texts(), ['text 1', 'text 2']);
});

test('a subscription that the server ends is access lost, until regain()', async () => {
  const { clock, room, channel } = fixture();
  room.open();
  channel().accept(false);
  await clock.tick(0);
  channel().end(2000, 'unsubscribed');
  assert.deepEqual(room.view.getSnapshot().status, { name: 'denied', reason: 'unsubscribed' });
  room.regain();
  channel().accept(false);
  await clock.tick(0);
  assert.equal(statusOf(room), 'live');
});

test('404 is access lost', async () => {
  const { clock, room, next } = fixture();
  next.push(new ParleyProblem({ status: 404, code: 'not_found', title: 'There is no such thing' }));
  room.open();
  await clock.tick(0);
  assert.deepEqual(room.view.getSnapshot().status, { name: 'denied', reason: 'There is no such thing' });
});

test('typing is told every 3 s at most, expires after 6 s, ends with the message, and is not our own', async () => {
  const { clock, log, room, channel, paths } = fixture();
  room.open();
  channel().accept(false);
  await clock.tick(0);
  for (let at = 0; at < 10; at += 1) {
    room.keystroke();
    await clock.tick(400);
  }
  assert.equal(paths('/typing').length, 2);
  room.stopTyping();
  room.stopTyping();
  assert.deepEqual(paths('/typing').at(-1)?.body, { state: 'stop' });
  assert.equal(paths('/typing').length, 3);
  const typing = (user: typeof ME) => ({
    id: 'e',
    type: 'typing',
    time: '',
    actor: user,
    data: { user, state: 'start' },
  });
  channel().publish(typing(OTHER));
  channel().publish(typing(ME));
  assert.deepEqual(room.typers.getSnapshot(), [OTHER]);
  await clock.tick(5_900);
  assert.deepEqual(room.typers.getSnapshot(), [OTHER]);
  await clock.tick(200);
  assert.deepEqual(room.typers.getSnapshot(), []);
  channel().publish(typing(OTHER));
  log.create(OTHER, 'other-1');
  channel().publish(log.events.at(-1));
  assert.deepEqual(room.typers.getSnapshot(), []);
});

test('presence counts people, not windows, and follows joins and leaves', async () => {
  const { clock, room, channel } = fixture();
  const info = (client: string, user: string) => ({ client, user, connInfo: { name: user.toUpperCase() } });
  room.open();
  channel().clients = { c1: info('c1', 'ana'), c2: info('c2', 'ana'), c3: info('c3', 'bob') };
  channel().accept(false);
  await clock.tick(0);
  const [ana, bob] = [
    { id: 'ana', name: 'ANA' },
    { id: 'bob', name: 'BOB' },
  ];
  assert.deepEqual(room.presence.getSnapshot(), { name: 'known', count: 2, people: [ana, bob] });
  channel().emit('leave', { info: info('c1', 'ana') });
  channel().emit('leave', { info: info('c3', 'bob') });
  await clock.tick(300);
  assert.deepEqual(room.presence.getSnapshot(), { name: 'known', count: 1, people: [ana] });
  channel().lose();
  assert.deepEqual(room.presence.getSnapshot(), { name: 'unknown' });
});

test('markRead() moves forward only, is told once for a burst, and again after a failure', async () => {
  const { clock, room, next, paths, read } = fixture();
  for (const seq of [3, 2, 5, 4]) room.markRead(seq);
  assert.deepEqual(read, [3, 5]);
  next.push(UNREACHABLE);
  await clock.tick(600);
  await clock.tick(10_000);
  assert.deepEqual(
    paths('/read').map((request) => request.body),
    [{ seq: 5 }, { seq: 5 }],
  );
});
