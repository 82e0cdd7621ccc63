import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KeyState } from './keyring.ts';
import { addNext, changesBetween, followSchedule, promote, retire, revoke, rotateTo } from './rotation.ts';
import type { LivedKey } from './rotation.ts';

const key = (kid: string, state: KeyState, since?: number): LivedKey =>
  since === undefined ? { kid, state } : { kid, state, since };

const shown = (keys: readonly LivedKey[]): string => keys.map(({ kid, state }) => `${kid}:${state}`).join(' ');

const start = [key('a', 'current', 10), key('b', 'next', 20), key('c', 'next', 15), key('d', 'retired', 5)];

test('promote() takes the oldest next key or the named one, and retires the one before', () => {
  const oldest = promote(start, undefined, 30);
  assert.ok(oldest.ok);
  assert.deepEqual(oldest.keys, [
    key('a', 'retired', 30),
    key('b', 'next', 20),
    key('c', 'current', 30),
    key('d', 'retired', 5),
  ]);
  const named = promote(start, 'b', 30);
  assert.ok(named.ok);
  assert.equal(shown(named.keys), 'a:retired b:current c:next d:retired');
  assert.deepEqual(promote(start, 'd', 30), { ok: false, problem: 'not_next' });
  assert.deepEqual(promote(start, 'x', 30), { ok: false, problem: 'unknown_kid' });
  assert.deepEqual(promote([key('a', 'current')], undefined, 30), { ok: false, problem: 'no_next' });
});

test('retire() keeps the current key and what is revoked', () => {
  const moved = retire(start, 'b', 30);
  assert.ok(moved.ok);
  assert.equal(shown(moved.keys), 'a:current b:retired c:next d:retired');
  assert.deepEqual(retire(start, 'a', 30), { ok: false, problem: 'is_current' });
  assert.deepEqual(retire([key('a', 'revoked')], 'a', 30), { ok: false, problem: 'is_revoked' });
  assert.deepEqual(retire(start, 'd', 30), { ok: true, keys: start });
});

test('revoke() puts the oldest next key, or a fresh one, in the place of the current', () => {
  const heir = revoke(start, { kid: 'a', fresh: key('f', 'next') }, 30);
  assert.ok(heir.ok);
  assert.equal(shown(heir.keys), 'a:revoked b:next c:current d:retired');
  const alone = revoke([key('a', 'current')], { kid: 'a', fresh: key('f', 'next') }, 30);
  assert.ok(alone.ok);
  assert.deepEqual(alone.keys, [key('f', 'current', 30), key('a', 'revoked', 30)]);
  const other = revoke(start, { kid: 'd', fresh: key('f', 'next') }, 30);
  assert.ok(other.ok);
  assert.equal(shown(other.keys), 'a:current b:next c:next d:revoked');
});

const rules = { intervalSeconds: 100, leadSeconds: 20, retiredSeconds: 50 };

test('followSchedule() goes next, current, retired, gone at the times of the rules', () => {
  const steps: [now: number, keys: LivedKey[], expected: string, wantsNext: boolean][] = [
    [79, [key('a', 'current', 0)], 'a:current', false],
    [80, [key('a', 'current', 0)], 'a:current', true],
    [99, [key('a', 'current', 0), key('b', 'next', 79)], 'a:current b:next', false],
    [100, [key('a', 'current', 0), key('b', 'next', 81)], 'a:current b:next', false],
    [100, [key('a', 'current', 0), key('b', 'next', 80)], 'a:retired b:current', false],
    [149, [key('b', 'current', 100), key('a', 'retired', 100)], 'b:current a:retired', false],
    [150, [key('b', 'current', 100), key('a', 'retired', 100)], 'b:current', false],
    [150, [key('r', 'revoked', 0), key('b', 'current', 100)], 'r:revoked b:current', false],
    [500, [key('a', 'current')], 'a:current', false],
  ];
  for (const [now, keys, expected, wantsNext] of steps) {
    const moved = followSchedule(keys, rules, now);
    assert.deepEqual([shown(moved.keys), moved.wantsNext], [expected, wantsNext], `${now} ${shown(keys)}`);
  }
  assert.deepEqual(followSchedule([key('a', 'current')], rules, 500).keys, [key('a', 'current', 500)]);
});

test('followSchedule() never leaves a ring without a current key, and verifies each for as long as its tokens live', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 }), (pauses) => {
      let keys: readonly LivedKey[] = [key('k0', 'current', 0)];
      const signedUntil = new Map<string, number>();
      let now = 0;
      for (const [index, pause] of pauses.entries()) {
        now += pause;
        const moved = followSchedule(keys, rules, now);
        keys = moved.wantsNext ? addNext(moved.keys, key(`k${index + 1}`, 'next'), now) : moved.keys;
        const current = keys.filter(({ state }) => state === 'current');
        assert.equal(current.length, 1);
        signedUntil.set(current[0]!.kid, now);
        for (const [kid, at] of signedUntil) {
          if (now - at < rules.retiredSeconds - 40)
            assert.ok(
              keys.some((one) => one.kid === kid),
              `${kid} at ${now}`,
            );
        }
        assert.ok(keys.length <= 4);
      }
    }),
  );
});

test('addNext() drops the oldest revoked key above 256', () => {
  const full = [
    key('a', 'current', 1),
    ...Array.from({ length: 255 }, (_, index) => key(`r${index}`, 'revoked', 900 - index)),
  ];
  const keys = addNext(full, key('n', 'next'), 1000);
  assert.equal(keys.length, 256);
  assert.equal(
    keys.some(({ kid }) => kid === 'r254'),
    false,
  );
  assert.equal(
    keys.some(({ kid }) => kid === 'n'),
    true,
  );
});

test('changesBetween() tells what happened to each key', () => {
  const after = [key('a', 'retired'), key('b', 'current'), key('c', 'revoked'), key('e', 'next'), key('f', 'current')];
  assert.deepEqual(changesBetween(start, after), [
    { kid: 'a', change: 'retired' },
    { kid: 'b', change: 'promoted' },
    { kid: 'c', change: 'revoked' },
    { kid: 'e', change: 'created' },
    { kid: 'f', change: 'created' },
    { kid: 'f', change: 'promoted' },
    { kid: 'd', change: 'removed' },
  ]);
  assert.deepEqual(changesBetween(start, start), []);
  assert.deepEqual(changesBetween([key('a', 'current')], rotateTo([key('a', 'current')], key('n', 'next'), 1)), [
    { kid: 'n', change: 'created' },
    { kid: 'n', change: 'promoted' },
    { kid: 'a', change: 'retired' },
  ]);
});
