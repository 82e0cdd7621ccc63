import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import fc from 'fast-check';
import type { SharedPollItem } from '../backend/backend.ts';
import { type Consequences, PollState } from './poll-state.ts';

const data = (value: number | string) => rawJson({ value });

function told(consequences: Consequences<string>): unknown[] {
  return consequences.updates.flatMap(({ publication, recipients }) =>
    recipients.map(({ tracker, form }) => [tracker, publication.key, publication.version ?? 'removed', form]),
  );
}

function answer(state: PollState<string>, item: { key: string; value?: number; version?: number; removed?: boolean }) {
  const { value, version = 0, ...given } = item;
  const rest = { ...given, version };
  const { number } = state.ask([item.key]);
  const items = [value === undefined ? rest : { ...rest, data: data(value) }];
  return told(state.answer(number, { items, epoch: '' }));
}

test('track() asks at once for a key that is new and unknown to the client, and for what a client lacks', () => {
  const state = new PollState<string>('versioned', '');
  assert.equal(state.track('ann', 'cold', 0), true);
  assert.equal(state.track('ann', 'known to her', 7), false);
  assert.deepEqual(answer(state, { key: 'cold', value: 1, version: 5 }), [['ann', 'cold', 5, 'full']]);
  assert.equal(state.track('bob', 'cold', 5), false);
  assert.equal(state.track('cid', 'cold', 4), true);
  assert.equal(state.track('dan', 'cold', 0), true);
});

test('ask() names the version that is known, and none while somebody needs the data anyway', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 0);
  assert.deepEqual(state.ask(['a', 'nobody has it']).items, [{ key: 'a', version: 0 }]);
  answer(state, { key: 'a', value: 1, version: 5 });
  assert.deepEqual(state.ask(['a']).items, [{ key: 'a', version: 5 }]);
  state.track('bob', 'a', 0);
  assert.deepEqual(state.ask(['a']).items, [{ key: 'a', version: 0 }]);
  const versionless = new PollState<string>('versionless', 'e');
  versionless.track('ann', 'a', 0);
  answer(versionless, { key: 'a', value: 1 });
  assert.deepEqual(versionless.ask(['a']).items, [{ key: 'a', version: 0 }]);
});

test('answer() tells who has less, and an unchanged key only to who waits for it', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 0);
  answer(state, { key: 'a', value: 1, version: 5 });
  assert.deepEqual(answer(state, { key: 'a', value: 1, version: 5 }), []);
  assert.deepEqual(answer(state, { key: 'a', value: 0, version: 4 }), []);
  state.track('bob', 'a', 0);
  assert.deepEqual(answer(state, { key: 'a', value: 1, version: 5 }), [['bob', 'a', 5, 'full']]);
  assert.deepEqual(answer(state, { key: 'a', value: 1, version: 5 }), []);
  assert.deepEqual(answer(state, { key: 'a', value: 2, version: 6 }), [
    ['ann', 'a', 6, 'full'],
    ['bob', 'a', 6, 'full'],
  ]);
});

test('answer() of a versionless poll counts changes of the data', () => {
  const state = new PollState<string>('versionless', 'abcdefgh');
  for (const key of ['a', 'b']) state.track('ann', key, 0);
  assert.deepEqual(answer(state, { key: 'a', value: 1, version: 0 }), [['ann', 'a', 1, 'full']]);
  assert.deepEqual(answer(state, { key: 'a', value: 1 }), []);
  assert.deepEqual(answer(state, { key: 'b', value: 1 }), [['ann', 'b', 2, 'full']]);
  assert.deepEqual(answer(state, { key: 'a', value: 2 }), [['ann', 'a', 3, 'full']]);
  assert.deepEqual(answer(state, { key: 'a', value: 3, version: 9 }), [['ann', 'a', 9, 'full']]);
  assert.deepEqual(answer(state, { key: 'b', value: 4 }), [['ann', 'b', 10, 'full']]);
});

test('answer() tells everybody of a removal and forgets the key', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 3);
  state.track('bob', 'a', 0);
  assert.deepEqual(answer(state, { key: 'a', removed: true }), [
    ['ann', 'a', 'removed', 'full'],
    ['bob', 'a', 'removed', 'full'],
  ]);
  assert.equal(state.keyCount, 0);
});

test('answer() leaves out what a later call has answered already', () => {
  const state = new PollState<string>('versionless', 'abcdefgh');
  state.track('ann', 'a', 0);
  const slow = state.ask(['a']).number;
  const quick = state.ask(['a']).number;
  assert.deepEqual(told(state.answer(quick, { items: [{ key: 'a', data: data('new'), version: 0 }], epoch: '' })), [
    ['ann', 'a', 1, 'full'],
  ]);
  assert.deepEqual(told(state.answer(slow, { items: [{ key: 'a', data: data('old'), version: 0 }], epoch: '' })), []);
});

test('answer() with another epoch voids all versions, and what was asked before', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 0);
  const early = state.ask(['a']).number;
  const flip = state.answer(state.ask(['a']).number, { items: [], epoch: 'B' });
  assert.deepEqual(flip, { isFlipped: true, updates: [] });
  assert.equal(state.epoch, 'B');
  state.track('ann', 'a', 0);
  assert.deepEqual(state.answer(early, { items: [{ key: 'a', data: data(1), version: 99 }], epoch: 'A' }), {
    isFlipped: false,
    updates: [],
  });
  assert.deepEqual(answer(state, { key: 'a', value: 1, version: 1 }), [['ann', 'a', 1, 'full']]);
});

test('answer() makes a patch only for who got exactly what stood there before from here', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 0);
  answer(state, { key: 'a', value: 1, version: 1 });
  state.track('bob', 'a', 1);
  const next = (version: number, previous: number | undefined) => {
    const item = { key: 'a', data: data(version), version };
    const items = [previous === undefined ? item : { ...item, prevData: data(previous) }];
    return told(state.answer(state.ask(['a']).number, { items, epoch: '' }));
  };
  assert.deepEqual(next(2, 1), [
    ['ann', 'a', 2, 'patch'],
    ['bob', 'a', 2, 'full'],
  ]);
  assert.deepEqual(next(3, 2), [
    ['ann', 'a', 3, 'patch'],
    ['bob', 'a', 3, 'patch'],
  ]);
  assert.deepEqual(next(4, 2), [
    ['ann', 'a', 4, 'full'],
    ['bob', 'a', 4, 'full'],
  ]);
  assert.deepEqual(next(5, undefined), [
    ['ann', 'a', 5, 'full'],
    ['bob', 'a', 5, 'full'],
  ]);
});

test('publish() tells who tracks the key, once, and takes the place of the next poll', () => {
  const state = new PollState<string>('versioned', '');
  state.track('ann', 'a', 1);
  state.track('ann', 'b', 1);
  const item = { key: 'a', data: data(1), version: 2 };
  assert.deepEqual(state.publish(item, '').updates[0]?.publication, { offset: 0, ...item });
  assert.deepEqual(told(state.publish(item, '')), []);
  assert.deepEqual(told(state.publish({ ...item, key: 'c' }, '')), []);
  assert.deepEqual(state.takeDue(), ['b']);
  assert.deepEqual(state.takeDue(), ['a', 'b']);
  assert.equal(state.publish({ ...item, version: 3 }, 'B').isFlipped, true);
});

const clients = ['ann', 'bob', 'cid'];
const keys = ['x', 'y'];

type Step =
  | { do: 'track'; client: string; key: string; version: number }
  | { do: 'untrack'; client: string; key: string }
  | { do: 'change' | 'remove'; key: string }
  | { do: 'poll' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('track' as const),
    client: fc.constantFrom(...clients),
    key: fc.constantFrom(...keys),
    version: fc.constantFrom(0, 0, -1),
  }),
  fc.record({
    do: fc.constant('untrack' as const),
    client: fc.constantFrom(...clients),
    key: fc.constantFrom(...keys),
  }),
  fc.record({ do: fc.constantFrom('change' as const, 'remove' as const), key: fc.constantFrom(...keys) }),
  fc.record({ do: fc.constant('poll' as const) }),
);

/** A backend and its clients as simple as can be: each client has the version that it was told last. */
function play(mode: 'versioned' | 'versionless', steps: readonly Step[]): void {
  const state = new PollState<string>(mode, mode === 'versioned' ? '' : 'abcdefgh');
  const there = new Map<string, number>();
  const gone = new Set<string>();
  const holds = new Map<string, { version: number; value: number | undefined }>();
  let clock = 0;
  const poll = () => {
    const { number, items } = state.ask(state.takeDue());
    const found = items.flatMap(({ key, version }): SharedPollItem[] => {
      if (gone.has(key)) return [{ key, removed: true, version: 0 }];
      const value = there.get(key);
      if (value === undefined || version === value) return [];
      return [
        mode === 'versioned' ? { key, data: data(value), version: value } : { key, data: data(value), version: 0 },
      ];
    });
    for (const { publication, recipients } of state.answer(number, { items: found, epoch: '' }).updates) {
      for (const { tracker } of recipients) {
        const place = `${tracker} ${publication.key}`;
        const held = holds.get(place);
        assert.ok(held !== undefined, `${place} is told and does not track`);
        if (publication.removed === true) {
          holds.delete(place);
          continue;
        }
        const version = publication.version ?? 0;
        assert.ok(version > held.version, `${place} is told ${version} and has ${held.version}`);
        holds.set(place, { version, value: there.get(publication.key ?? '') });
      }
    }
  };
  for (const one of steps) {
    clock += 1;
    const place = 'client' in one ? `${one.client} ${one.key}` : '';
    if (one.do === 'track') {
      // -1 stands for what the client holds.
      const held = holds.get(place) ?? { version: 0, value: undefined };
      const kept = one.version === -1 ? held : { version: 0, value: undefined };
      holds.set(place, kept);
      state.track(one.client, one.key, kept.version);
    } else if (one.do === 'untrack') {
      holds.delete(place);
      state.untrack(one.client, one.key);
    } else if (one.do === 'change') {
      there.set(one.key, clock);
      gone.delete(one.key);
    } else if (one.do === 'remove') {
      there.delete(one.key);
      gone.add(one.key);
    } else poll();
  }
  poll();
  for (const [place, { value }] of holds) {
    const key = place.split(' ')[1] ?? '';
    assert.equal(value, there.get(key), `${place} ends with what is there`);
  }
  const trackedKeys = new Set(Array.from(holds.keys(), (place) => place.split(' ')[1]));
  assert.equal(state.keyCount, trackedKeys.size);
}

test('PollState: after any history one poll gives every client what is there, never twice and never to who left', () => {
  fc.assert(
    fc.property(fc.constantFrom('versioned' as const, 'versionless' as const), fc.array(step, { maxLength: 40 }), play),
    { numRuns: 2_000 },
  );
});
