import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRawJson } from './raw-json.ts';
import type { ServerApiMethod } from './server-api.ts';
import { isServerApiMethod, readServerApiParams } from './server-api-params.ts';

function read(method: ServerApiMethod, text: string): unknown {
  const result = readServerApiParams(method, readRawJson(text)!);
  return result.ok ? result.params : result.problem;
}

test('readServerApiParams() keeps data as it was sent', () => {
  const text = '{"channel":"c","data":{ "n": 1.0,\n "m": [1, 2] },"tags":{"a":"b"},"idempotency_key":"k"}';
  assert.deepEqual(read('publish', text), {
    channel: 'c',
    data: '{ "n": 1.0, "m": [1, 2] }',
    tags: { a: 'b' },
    idempotency_key: 'k',
  });
});

test('readServerApiParams() reads every method', () => {
  for (const [method, text, expected] of [
    [
      'publish',
      '{"data":0,"version":3,"version_epoch":"e","skip_history":true}',
      { channel: '', data: '0', skip_history: true, version: 3, version_epoch: 'e' },
    ],
    ['broadcast', '{"channels":["a","b"],"data":1}', { channels: ['a', 'b'], data: '1' }],
    [
      'subscribe',
      '{"user":"u","channel":"c","expire_at":5,"info":{},"b64data":"WzFd","recover_since":{"offset":1,"epoch":"e"},"client":"x"}',
      {
        user: 'u',
        client: 'x',
        channel: 'c',
        expire_at: 5,
        info: '{}',
        data: Buffer.from('[1]'),
        recover_since: { offset: 1, epoch: 'e' },
      },
    ],
    ['unsubscribe', '{"user":"u"}', { user: 'u', channel: '' }],
    [
      'disconnect',
      '{"user":"u","whitelist":["a"],"disconnect":{"code":4501,"reason":"banned"}}',
      { user: 'u', whitelist: ['a'], disconnect: { code: 4501, reason: 'banned' } },
    ],
    [
      'refresh',
      '{"user":"u","expired":true,"expire_at":9,"info":1}',
      { user: 'u', expired: true, expire_at: 9, info: '1' },
    ],
    ['presence', '{"channel":"c"}', { channel: 'c' }],
    ['presence_stats', '{"channel":"c"}', { channel: 'c' }],
    [
      'history',
      '{"channel":"c","limit":-1,"since":{"offset":2},"reverse":true}',
      { channel: 'c', limit: -1, since: { offset: 2, epoch: '' }, reverse: true },
    ],
    ['history_remove', '{"channel":"c"}', { channel: 'c' }],
    ['channels', '{"pattern":"a*"}', { pattern: 'a*' }],
    ['info', '{}', {}],
  ] as const) {
    assert.deepEqual(read(method, text), expected, method);
  }
});

test('readServerApiParams() tells wrong types from missing members', () => {
  for (const [method, text, expected] of [
    ['publish', '[]', 'malformed'],
    ['publish', '{"channel":1,"data":1}', 'malformed'],
    ['publish', '{"channel":"c","data":1,"tags":{"a":1}}', 'malformed'],
    ['publish', '{"channel":"c"}', 'invalid'],
    ['publish', '{"channel":"c","b64data":"%%%"}', 'invalid'],
    ['broadcast', '{"channels":[],"data":1}', 'invalid'],
    ['broadcast', '{"channels":"c","data":1}', 'malformed'],
    ['disconnect', '{"user":"u","disconnect":{"code":"1"}}', 'malformed'],
    ['history', '{"channel":"c","limit":1.5}', 'malformed'],
    ['history', '{"channel":"c","since":{"offset":-1}}', 'malformed'],
  ] as const) {
    assert.equal(read(method, text), expected, text);
  }
});

test('readServerApiParams() lets b64data win over data', () => {
  assert.deepEqual(read('publish', '{"channel":"c","data":1,"b64data":"Mg=="}'), {
    channel: 'c',
    data: Buffer.from('2'),
  });
});

test('isServerApiMethod() knows methods only', () => {
  assert.equal(isServerApiMethod('publish'), true);
  for (const name of ['toString', '__proto__', 'batch', '']) assert.equal(isServerApiMethod(name), false, name);
});
