import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.ts';
import { startGateway } from '../testing/gateway-under-test.ts';

const config = {
  http_api: { insecure: true },
  channel: {
    without_namespace: { history_size: 3, history_ttl: '60s' },
    namespaces: [
      { name: 'rec', subscription_type: 'map', map: { mode: 'recoverable', key_ttl: '60s' } },
      { name: 'eph', subscription_type: 'map', map: { mode: 'ephemeral', key_ttl: '60s' } },
    ],
  },
} as const;

/** Calls by name and body; the answer is the text with epochs made the same. */
async function start(t: TestContext) {
  const { httpUrl, gateway } = await startGateway(t, config, { clock: createFakeClock() });
  const raw = async (method: string, body: string): Promise<string> =>
    (await fetch(`${httpUrl}/api/${method}`, { method: 'POST', body })).text();
  const call = async (method: string, body: string): Promise<string> =>
    (await raw(method, body)).replaceAll(/"epoch":"\w{8}"/g, '"epoch":"E"');
  return { raw, call, serverApi: gateway.serverApi };
}

test('keys are set, read and removed as Centrifugo does, and what was suppressed says why', async (t) => {
  const { call } = await start(t);
  for (const [method, body, expected] of [
    ['map_publish', '{"channel":"rec:1","key":"b","data":{ "n":\n 1.0 },"tags":{"t":"1"}}', '{"offset":1,"epoch":"E"}'],
    [
      'map_publish',
      '{"channel":"rec:1","key":"a","b64data":"NDI=","version":2,"idempotency_key":"i"}',
      '{"offset":2,"epoch":"E"}',
    ],
    [
      'map_publish',
      '{"channel":"rec:1","key":"a","data":1,"idempotency_key":"i"}',
      '{"offset":2,"epoch":"E","suppressed":true,"suppress_reason":"idempotency"}',
    ],
    [
      'map_publish',
      '{"channel":"rec:1","key":"a","data":1,"version":2}',
      '{"offset":2,"epoch":"E","suppressed":true,"suppress_reason":"version"}',
    ],
    [
      'map_publish',
      '{"channel":"rec:1","key":"a","data":1,"key_mode":"if_new"}',
      '{"offset":2,"epoch":"E","suppressed":true,"suppress_reason":"key_exists"}',
    ],
    [
      'map_publish',
      '{"channel":"rec:1","key":"z","data":1,"key_mode":"if_exists"}',
      '{"offset":2,"epoch":"E","suppressed":true,"suppress_reason":"key_not_found"}',
    ],
    [
      'map_remove',
      '{"channel":"rec:1","key":"z"}',
      '{"offset":2,"epoch":"E","suppressed":true,"suppress_reason":"key_not_found"}',
    ],
    ['map_stats', '{"channel":"rec:1"}', '{"num_keys":2}'],
    ['map_stats', '{"channel":"rec:2"}', '{}'],
    ['map_read_state', '{"channel":"rec:1"}', '{"entries":[],"offset":2,"epoch":"E"}'],
    [
      'map_read_state',
      '{"channel":"rec:1","limit":-1}',
      '{"entries":[{"data":42,"offset":2,"key":"a"},{"data":{ "n": 1.0 },"offset":1,"tags":{"t":"1"},"key":"b"}],"offset":2,"epoch":"E"}',
    ],
    [
      'map_read_state',
      '{"channel":"rec:1","limit":1}',
      '{"entries":[{"data":42,"offset":2,"key":"a"}],"offset":2,"epoch":"E","cursor":"a"}',
    ],
    [
      'map_read_state',
      '{"channel":"rec:1","limit":9,"cursor":"a"}',
      '{"entries":[{"data":{ "n": 1.0 },"offset":1,"tags":{"t":"1"},"key":"b"}],"offset":2,"epoch":"E"}',
    ],
    [
      'map_read_state',
      '{"channel":"rec:1","limit":-1,"key":"a"}',
      '{"entries":[{"data":42,"offset":2,"key":"a"}],"offset":2,"epoch":"E"}',
    ],
    [
      'map_read_state',
      '{"channel":"rec:1","limit":-1,"revision_offset":1}',
      '{"entries":[{"data":{ "n": 1.0 },"offset":1,"tags":{"t":"1"},"key":"b"}],"offset":2,"epoch":"E"}',
    ],
    ['map_remove', '{"channel":"rec:1","key":"b"}', '{"offset":3,"epoch":"E"}'],
    [
      'map_read_stream',
      '{"channel":"rec:1","limit":-1,"since_offset":1}',
      '{"entries":[{"data":42,"offset":2,"key":"a"},{"offset":3,"tags":{"t":"1"},"key":"b","removed":true}],"offset":3,"epoch":"E"}',
    ],
    [
      'map_read_stream',
      '{"channel":"rec:1","limit":1,"reverse":true}',
      '{"entries":[{"offset":3,"tags":{"t":"1"},"key":"b","removed":true}],"offset":3,"epoch":"E"}',
    ],
    ['map_read_stream', '{"channel":"eph:1","limit":-1}', '{"entries":[],"epoch":"E"}'],
    ['map_clear', '{"channel":"rec:1"}', '{}'],
    ['map_read_state', '{"channel":"rec:1","limit":-1}', '{"entries":[],"epoch":"E"}'],
  ] as const) {
    assert.equal(await call(method, body), `{"result":${expected}}`, `${method} ${body}`);
  }
});

test('calls about maps are refused by their codes', async (t) => {
  const { call, raw } = await start(t);
  for (const [method, body, code] of [
    ['map_publish', '{"key":"a","data":1}', 107],
    ['map_publish', '{"channel":"rec:1","data":1}', 107],
    ['map_publish', '{"channel":"nope:1","key":"a","data":1}', 102],
    ['map_publish', '{"channel":"c","key":"a","data":1}', 107],
    ['map_publish', '{"channel":"rec:1","key":"a","data":1,"key_mode":"other"}', 107],
    ['map_publish', '{"channel":"rec:1","key":"a","b64data":"!"}', 107],
    ['map_publish', `{"channel":"rec:1","key":"${'k'.repeat(1_025)}","data":1}`, 107],
    ['map_publish', '{"channel":"rec:1","key":"\\ud800","data":1}', 107],
    ['map_publish', '{"channel":"eph:1","key":"a","data":1,"version":1}', 100],
    ['map_remove', '{"channel":"rec:1"}', 107],
    ['map_remove', '{"channel":"c","key":"a"}', 107],
    ['map_read_state', '{"channel":"rec:1","revision_epoch":"other"}', 112],
    ['map_read_stream', '{"channel":"rec:1","since_epoch":"other"}', 112],
    ['map_read_state', '{"channel":"c"}', 107],
    ['map_read_stream', '{"channel":"c"}', 107],
    ['map_stats', '{"channel":"c"}', 107],
    ['map_clear', '{"channel":"c"}', 107],
    ['publish', '{"channel":"rec:1","data":1}', 107],
    ['subscribe', '{"channel":"rec:1","user":"u"}', 107],
    ['history', '{"channel":"rec:1"}', 108],
  ] as const) {
    assert.match(await call(method, body), new RegExp(`^{"error":{"code":${code},`), `${method} ${body}`);
  }
  const broadcast = JSON.parse(await raw('broadcast', '{"channels":["c","rec:1"],"data":1}')) as {
    result: { responses: { error?: { code: number } }[] };
  };
  assert.deepEqual(
    broadcast.result.responses.map(({ error }) => error?.code),
    [undefined, 107],
  );
});

test('serverApi gives a backend in this process the values of a map', async (t) => {
  const { serverApi } = await start(t);
  await serverApi.call('map_publish', { channel: 'rec:1', key: 'a', data: { n: 1 }, tags: { t: '1' } });
  await serverApi.call('map_publish', { channel: 'rec:1', key: 'who is there' });
  const state = await serverApi.call('map_read_state', { channel: 'rec:1', limit: -1 });
  const first = { key: 'a', data: { n: 1 }, tags: { t: '1' }, offset: 1 };
  assert.deepEqual(state.result?.entries, [first, { key: 'who is there', offset: 2 }]);
  const stream = await serverApi.call('map_read_stream', { channel: 'rec:1', limit: 1 });
  assert.deepEqual(stream.result?.entries, [first]);
  assert.deepEqual((await serverApi.call('map_stats', { channel: 'rec:1' })).result, { num_keys: 2 });
});
