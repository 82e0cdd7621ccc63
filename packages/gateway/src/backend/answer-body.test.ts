import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readAnswer } from './answer-body.ts';
import type { BackendEvent } from './backend.ts';

const everything = {
  user: '42',
  expire_at: 12,
  expired: true,
  info: { a: 1 },
  data: [1],
  meta: { m: 1 },
  channels: ['x'],
  subs: {
    'a"b': {
      data: 12345678901234567890n,
      info: 1,
      expire_at: 5,
      cache_recover: true,
      override: { presence: { value: true } },
    },
    empty: null,
  },
  override: { join_leave: { value: false }, unknown: { value: true } },
  skip_history: true,
  tags: { t: 'v' },
  idempotency_key: 'i',
  delta: true,
  version: 3,
  version_epoch: 'e',
  key: 'k',
  key_mode: 'if_new',
  items: [
    { key: 'k', data: 1.0, version: 2, prev_data: 0 },
    { key: 'l', removed: true },
    { key: 'm', b64data: 'AP8=' },
  ],
  epoch: 'ep',
};

// A number that no JavaScript number holds travels untouched.
const body = JSON.stringify({ result: everything }, (_name, value: unknown) =>
  typeof value === 'bigint' ? `#${value}#` : value,
).replaceAll(/"#(\d+)#"/g, '$1');

const kept = { tags: { t: 'v' }, idempotencyKey: 'i', delta: true, version: 3, versionEpoch: 'e' };
const override = { join_leave: { value: false } };

test('readAnswer() takes what belongs to each question', () => {
  const renewal = { expired: true, expireAt: 12, info: '{"a":1}', meta: '{"m":1}' };
  const expected: Record<BackendEvent, object> = {
    connect: {
      user: '42',
      expireAt: 12,
      info: '{"a":1}',
      data: '[1]',
      meta: '{"m":1}',
      channels: ['x'],
      subs: {
        'a"b': {
          data: '12345678901234567890',
          info: '1',
          expireAt: 5,
          cacheRecover: true,
          override: { presence: { value: true } },
        },
        empty: {},
      },
    },
    refresh: renewal,
    subscribe: { expireAt: 12, info: '{"a":1}', data: '[1]', override },
    publish: { data: '[1]', skipHistory: true, ...kept },
    subRefresh: renewal,
    rpc: { data: '[1]' },
    mapPublish: { key: 'k', data: '[1]', keyMode: 'if_new', ...kept },
    mapRemove: { key: 'k', tags: { t: 'v' }, idempotencyKey: 'i' },
    disconnect: {},
    unsubscribe: {},
    channelState: {},
    sharedPollRefresh: {
      items: [
        { key: 'k', version: 2, data: '1', prevData: '0' },
        { key: 'l', version: 0, removed: true },
        { key: 'm', version: 0, data: Buffer.from([0, 255]) },
      ],
      epoch: 'ep',
    },
  };
  for (const event of Object.keys(expected) as BackendEvent[]) {
    assert.deepEqual(readAnswer(event, body), { ok: true, answer: { ok: true, result: expected[event] } }, event);
  }
});

test('readAnswer() takes null and absent members for none', () => {
  const nothing = { user: null, info: null, data: null, meta: null, subs: null, channels: null, override: null };
  for (const result of [nothing, {}]) {
    assert.deepEqual(readAnswer('connect', JSON.stringify({ result })), {
      ok: true,
      answer: { ok: true, result: { user: '', channels: [] } },
    });
  }
});

test('readAnswer() refuses members of wrong types', () => {
  for (const [event, result] of [
    ['connect', { user: 42 }],
    ['connect', { subs: [] }],
    ['connect', { subs: { a: 1 } }],
    ['connect', { subs: { a: { expire_at: '1' } } }],
    ['connect', { channels: [1] }],
    ['subscribe', { expire_at: 1.5 }],
    ['subscribe', { override: { presence: true } }],
    ['subscribe', { override: { presence: { value: 1 } } }],
    ['publish', { tags: { a: 1 } }],
    ['publish', { version: -1 }],
    ['rpc', { b64data: '*' }],
    ['mapPublish', { key_mode: 'if_old' }],
    ['sharedPollRefresh', { items: {} }],
    ['sharedPollRefresh', { items: [{}] }],
    ['sharedPollRefresh', { items: [1] }],
  ] as const) {
    const read = readAnswer(event, JSON.stringify({ result }));
    assert.deepEqual(read, { ok: false, problem: 'a member of `result` is of a wrong type' }, JSON.stringify(result));
  }
});

test('readAnswer() reads or refuses whatever comes, and never throws', () => {
  const events: BackendEvent[] = [
    'connect',
    'refresh',
    'subscribe',
    'publish',
    'rpc',
    'mapPublish',
    'sharedPollRefresh',
  ];
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Object.values(everything).slice(0, 6)) },
    { weight: 4, arbitrary: fc.jsonValue() },
  );
  const result = fc.dictionary(fc.constantFrom(...Object.keys(everything), '__proto__'), value);
  const text = fc.oneof(
    fc
      .record({ result, error: fc.jsonValue(), disconnect: fc.jsonValue() }, { requiredKeys: [] })
      .map((one) => JSON.stringify(one)),
    fc.string(),
    fc.json(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...events), text, (event, given) => {
      const read = readAnswer(event, given);
      assert.equal(typeof read.ok, 'boolean');
    }),
    { numRuns: 2_000 },
  );
});
