// Proves that a timeline comes to the server's state, whatever order, doubling or loss there was on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Changes, Message } from '@parley/contract';
import fc from 'fast-check';
import { ME, OTHER, createRoomLog } from './testing/room-log.ts';
import type { RoomLog } from './testing/room-log.ts';
import { createItemList } from './timeline-items.ts';
import {
  EMPTY_TIMELINE,
  MAX_ASIDE,
  MAX_WINDOW,
  applyAnswer,
  applyChanges,
  applyEvent,
  applyNewest,
  applyPage,
  hasNewer,
  hasOlder,
  isOutOfDate,
  needsCatchUp,
  resetTo,
} from './timeline.ts';
import type { LoadedPage, Timeline } from './timeline.ts';

type Flight =
  | { kind: 'changes'; changes: Changes; since: number }
  | { kind: 'page'; page: LoadedPage; how: 'older' | 'newer' | 'around' | 'newest' | 'reset' }
  | { kind: 'answer'; message: Message };

type Action =
  | { do: 'create'; mine: boolean }
  | { do: 'edit' | 'remove'; pick: number }
  | { do: 'event'; pick: number; repeat: number }
  | { do: 'ask'; what: 'changes' | 'older' | 'newer' | 'around' | 'newest' | 'reset'; pick: number; limit: number }
  | { do: 'land'; pick: number; keep: boolean };

const number = fc.nat({ max: 1_000 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), mine: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('edit' as const, 'remove' as const), pick: number }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('event' as const), pick: number, repeat: fc.nat({ max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      what: fc.constantFrom('changes', 'older', 'newer', 'around', 'newest', 'reset'),
      pick: number,
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('land' as const), pick: number, keep: fc.boolean() }) },
);

function ask(timeline: Timeline, log: RoomLog, action: Extract<Action, { do: 'ask' }>): Flight | undefined {
  const { what, pick, limit } = action;
  if (what === 'changes') {
    return { kind: 'changes', changes: log.changes(timeline.applied, limit), since: timeline.applied };
  }
  const messages = log.messages();
  const askedAt = timeline.applied;
  if (what === 'newest' || what === 'reset') {
    return { kind: 'page', page: { messages: log.page({ limit }).data, askedAt }, how: what };
  }
  const first = timeline.window[0];
  const last = timeline.window.at(-1);
  if (messages.length === 0 || first === undefined || last === undefined) return undefined;
  if (what === 'around') {
    const around = messages[pick % messages.length]!.id;
    return { kind: 'page', page: { messages: log.page({ limit, around }).data, askedAt }, how: what };
  }
  const query = what === 'older' ? { limit, before: `b${first.seq - 1}` } : { limit, after: `a${last.seq}` };
  return { kind: 'page', page: { messages: log.page(query).data, askedAt }, how: what };
}

function land(timeline: Timeline, flight: Flight): Timeline {
  if (flight.kind === 'changes') return applyChanges(timeline, flight.changes, flight.since);
  if (flight.kind === 'answer') return applyAnswer(timeline, flight.message);
  if (isOutOfDate(timeline, flight.page)) return timeline;
  if (flight.how === 'newest') return applyNewest(timeline, flight.page);
  if (flight.how === 'reset') return resetTo(timeline, flight.page);
  return applyPage(timeline, flight.page, flight.how);
}

function change(log: RoomLog, flights: Flight[], action: Extract<Action, { do: 'create' | 'edit' | 'remove' }>): void {
  const count = log.messages().length;
  if (action.do === 'create') {
    const message = log.create(action.mine ? ME : OTHER, `client-${count}`);
    if (action.mine) flights.push({ kind: 'answer', message });
  } else if (count > 0) {
    const seq = (action.pick % count) + 1;
    if (action.do === 'edit') log.edit(seq, `edited ${log.revision()}`);
    else log.remove(seq);
  }
}

function play(actions: readonly Action[], log: RoomLog, check: (timeline: Timeline) => void): Timeline {
  let timeline = EMPTY_TIMELINE;
  const flights: Flight[] = [];
  for (const action of actions) {
    if (action.do === 'event') {
      const from = action.pick % Math.max(1, log.events.length);
      for (const event of log.events.slice(from, from + action.repeat)) timeline = applyEvent(timeline, event);
    } else if (action.do === 'ask') {
      const flight = ask(timeline, log, action);
      if (flight !== undefined) flights.push(flight);
    } else if (action.do === 'land') {
      const at = action.pick % Math.max(1, flights.length);
      const flight = flights[at];
      if (flight === undefined) continue;
      timeline = land(timeline, flight);
      if (!action.keep) flights.splice(at, 1);
    } else change(log, flights, action);
    check(timeline);
  }
  return timeline;
}

function catchUp(timeline: Timeline, log: RoomLog): Timeline {
  let next = timeline;
  if (next.generation === 0) next = resetTo(next, { messages: log.page({ limit: 5 }).data, askedAt: next.applied });
  for (;;) {
    const changes = log.changes(next.applied, 3);
    next = applyChanges(next, changes, next.applied);
    if (!changes.hasMore) return next;
  }
}

function assertWhole(timeline: Timeline): void {
  timeline.window.forEach((message, at) => assert.equal(message.seq, timeline.window[0]!.seq + at));
  const shown = new Set(timeline.window.map((message) => message.id));
  for (const id of timeline.strays.keys()) assert.ok(!shown.has(id), `${id} is in the window and a stray`);
}

test('timeline converges to the server for any interleaving, doubling and loss', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
      const log = createRoomLog();
      const timeline = catchUp(play(actions, log, assertWhole), log);
      assertWhole(timeline);
      const first = timeline.window[0]?.seq ?? 1;
      const expected = log.messages().slice(first - 1, first - 1 + timeline.window.length);
      assert.deepEqual(timeline.window, expected);
      assert.equal(timeline.applied, log.revision());
      assert.equal(needsCatchUp(timeline), false);
      assert.equal(timeline.lastSeq, log.messages().length);
      if (timeline.atTail) assert.equal(hasNewer(timeline), false);
    }),
    { numRuns: 5_000 },
  );
});

test('timeline at the tail shows every message exactly once after live events alone', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Array.from({ length: 12 }, (_, at) => at)), (order) => {
      const log = createRoomLog();
      let timeline = resetTo(EMPTY_TIMELINE, { messages: [], askedAt: 0 });
      for (let at = 0; at < 12; at += 1) log.create(at % 3 === 0 ? ME : OTHER, `client-${at}`);
      for (const at of [...order, ...order]) timeline = applyEvent(timeline, log.events[at]!);
      for (const event of log.events) timeline = applyEvent(timeline, event);
      assert.deepEqual(timeline.window, log.messages());
      assert.equal(timeline.ahead.size, 0);
    }),
  );
});

test('applyEvent() ignores a duplicate and holds back what follows a gap', () => {
  const log = createRoomLog();
  for (const at of [1, 2, 3]) log.create(OTHER, `client-${at}`);
  const empty = resetTo(EMPTY_TIMELINE, { messages: [], askedAt: 0 });
  const one = applyEvent(empty, log.events[0]!);
  assert.equal(applyEvent(one, log.events[0]!), one);
  const gap = applyEvent(one, log.events[2]!);
  assert.equal(needsCatchUp(gap), true);
  assert.deepEqual(
    gap.window.map((message) => message.seq),
    [1],
  );
  const closed = applyEvent(gap, log.events[1]!);
  assert.deepEqual(
    closed.window.map((message) => message.seq),
    [1, 2, 3],
  );
  assert.equal(needsCatchUp(closed), false);
});

test('applyPage() keeps a change that overtook the page', () => {
  const log = createRoomLog();
  for (let at = 0; at < 10; at += 1) log.create(OTHER, `client-${at}`);
  let timeline = resetTo(EMPTY_TIMELINE, { messages: log.page({ limit: 3 }).data, askedAt: 0 });
  const old = { messages: log.page({ limit: 3, before: 'b7' }).data, askedAt: timeline.applied };
  log.edit(6, 'changed');
  timeline = applyPage(applyEvent(timeline, log.events.at(-1)!), old, 'older');
  assert.deepEqual(
    timeline.window.map((message) => message.text),
    ['text 5', 'changed', 'text 7', 'text 8', 'text 9', 'text 10'],
  );
});

test('isOutOfDate() asks for a page again when a change was let go while it was under way', () => {
  const log = createRoomLog();
  for (let at = 0; at < 10; at += 1) log.create(OTHER, `client-${at}`);
  const timeline = resetTo(EMPTY_TIMELINE, { messages: log.page({ limit: 3 }).data, askedAt: 0 });
  const flight = { messages: log.page({ limit: 3, before: 'b7' }).data, askedAt: timeline.applied };
  log.edit(6, 'changed');
  log.edit(10, 'changed too');
  const jumped = resetTo(timeline, { messages: log.page({ limit: 3 }).data, askedAt: timeline.applied });
  assert.equal(isOutOfDate(jumped, flight), true);
  assert.equal(isOutOfDate(timeline, flight), false);
});

test('timeline keeps its bounds: window, strays and waiting events', () => {
  const log = createRoomLog();
  let timeline = resetTo(EMPTY_TIMELINE, { messages: [], askedAt: 0 });
  for (let at = 0; at < MAX_WINDOW + 10; at += 1) log.create(OTHER, `client-${at}`);
  const changes = log.changes(0, MAX_WINDOW + 10);
  timeline = applyChanges(timeline, changes, 0);
  assert.equal(timeline.window.length, MAX_WINDOW);
  assert.equal(timeline.window[0]!.seq, 11);
  assert.equal(hasOlder(timeline), true);
  let waiting = resetTo(EMPTY_TIMELINE, { messages: [], askedAt: 0 });
  for (const event of log.events.slice(1, MAX_ASIDE + 100)) waiting = applyEvent(waiting, event);
  assert.equal(waiting.ahead.size, MAX_ASIDE);
  const answers = log
    .messages()
    .slice(5, MAX_ASIDE + 105)
    .reduce(applyAnswer, EMPTY_TIMELINE);
  assert.equal(answers.strays.size, MAX_ASIDE);
});

test('applyPage() ignores an older or newer page that came after the window was replaced', () => {
  const log = createRoomLog();
  for (let number = 1; number <= 40; number += 1) log.create(OTHER, `client-${number}`);
  const messages = log.page({ limit: 40 }).data;
  const askedAt = 40;
  const shown = resetTo(EMPTY_TIMELINE, { messages: messages.slice(30), askedAt });
  const stale = { messages: messages.slice(5, 10), askedAt };
  assert.equal(applyPage(shown, stale, 'newer'), shown);
  assert.equal(applyPage(shown, stale, 'older'), shown);
  assert.deepEqual(applyPage(shown, stale, 'around').window, stale.messages);
});

test('items: a pending message is replaced in place, whichever comes first, answer or event', () => {
  const log = createRoomLog();
  log.create(OTHER, 'client-other');
  const start = resetTo(EMPTY_TIMELINE, { messages: log.page({ limit: 5 }).data, askedAt: 0 });
  const entry = { clientMessageId: 'mine-1', roomId: 'r1', text: 'hi', order: 1, state: { name: 'sending' } } as const;
  const mine = log.create(ME, 'mine-1');
  const keys = (timeline: Timeline): string[] => createItemList('me')(timeline, [entry]).map((item) => item.key);
  assert.deepEqual(keys(start), ['m1', 'mine-1']);
  const byAnswer = applyAnswer(start, mine);
  const byEvent = applyEvent(start, log.events.at(-1)!);
  assert.deepEqual(keys(byAnswer), ['m1', 'mine-1']);
  assert.deepEqual(keys(byEvent), ['m1', 'mine-1']);
  assert.deepEqual(keys(applyEvent(byAnswer, log.events.at(-1)!)), ['m1', 'mine-1']);
  assert.deepEqual(keys(applyAnswer(byEvent, mine)), ['m1', 'mine-1']);
});

test('items: an accepted message stays at the end until those before it arrive', () => {
  const log = createRoomLog();
  const start = resetTo(EMPTY_TIMELINE, { messages: [], askedAt: 0 });
  log.create(OTHER, 'client-other');
  const mine = log.create(ME, 'mine-1');
  const list = createItemList('me');
  const early = applyAnswer(start, mine);
  assert.deepEqual(
    list(early, []).map((item) => item.key),
    ['mine-1'],
  );
  const late = applyEvent(early, log.events[0]!);
  assert.deepEqual(
    list(late, []).map((item) => item.key),
    ['m1', 'mine-1'],
  );
  assert.equal(list(late, [])[1], list(early, [])[0]);
});
