import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { openRaw } from '../testing/raw-client.ts';

const config = {
  http_api: { key: 'a key', max_request_body_size: 2_000 },
  channel: {
    without_namespace: { presence: true, history_size: 3, history_ttl: '60s' },
    namespaces: [{ name: 'bare' }, { name: 'objects', publication_data_format: 'json_object' }],
  },
} as const;

interface Answer {
  status: number;
  body: string;
}

async function post(
  url: string,
  body: string,
  headers: Record<string, string> = { 'X-API-Key': 'a key' },
): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, body: await response.text() };
}

test('the API asks for its key, in either header, and never in the address', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  for (const [headers, path, expected] of [
    [{ 'X-API-Key': 'a key' }, 'info', 200],
    [{ Authorization: 'apikey a key' }, 'info', 200],
    [{ Authorization: 'Bearer a key' }, 'info', 401],
    [{ 'X-API-Key': 'a ke' }, 'info', 401],
    [{ 'X-API-Key': '' }, 'info', 401],
    [{}, 'info', 401],
    [{}, 'info?api_key=a%20key', 401],
  ] as const) {
    assert.equal(
      (await post(`${httpUrl}/api/${path}`, '{}', headers)).status,
      expected,
      JSON.stringify([headers, path]),
    );
  }
  const without = await startGateway(t, {});
  assert.equal((await post(`${without.httpUrl}/api/info`, '{}', { 'X-API-Key': '' })).status, 401);
});

test('the API answers wrong paths, methods and bodies by status', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  for (const [path, body, expected] of [
    ['nope', '{}', 404],
    ['publish/', '{}', 404],
    ['toString', '{}', 404],
    ['publish', 'nonsense', 400],
    ['publish', '[]', 400],
    ['publish', '{"channel":1,"data":1}', 400],
    ['publish', '', 400],
    ['publish', `{"channel":"c","data":"${'x'.repeat(2_000)}"}`, 413],
  ] as const) {
    assert.equal((await post(`${httpUrl}/api/${path}`, body)).status, expected, path + body.slice(0, 30));
  }
  assert.equal((await fetch(`${httpUrl}/api/publish`, { headers: { 'X-API-Key': 'a key' } })).status, 405);
  assert.equal((await post(`${httpUrl}/apiary`, '{}')).status, 404);
});

test('the API refuses a body that grows above the limit without saying so before', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  const status = await new Promise((resolve, reject) => {
    const request = httpRequest(`${httpUrl}/api/publish`, {
      method: 'POST',
      headers: { 'X-API-Key': 'a key', 'Transfer-Encoding': 'chunked' },
    });
    request.on('response', (response) => resolve(response.statusCode));
    request.on('error', reject);
    request.write('x'.repeat(1_500));
    request.write('x'.repeat(1_500));
  });
  assert.equal(status, 413);
});

test('publish, history, presence and the rest answer as Centrifugo does', async (t) => {
  const { httpUrl, url } = await startGateway(t, config);
  const call = async (method: string, body: string): Promise<string> =>
    (await post(`${httpUrl}/api/${method}`, body)).body;
  const published = await call('publish', '{"channel":"c","data":{ "n":\n 1.0 },"tags":{"k":"v"}}');
  const { epoch } = (JSON.parse(published) as { result: { epoch: string } }).result;
  assert.equal(published, `{"result":{"offset":1,"epoch":"${epoch}"}}`);
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann', info: [1], channels: ['c'] }) } });
  const id = ((await client.reply(1))['connect'] as { client: string }).client;
  const ann = `{"user":"ann","client":"${id}","conn_info":[1]}`;
  for (const [method, body, expected] of [
    [
      'history',
      '{"channel":"c","limit":-1}',
      `{"result":{"publications":[{"data":{ "n": 1.0 },"offset":1,"tags":{"k":"v"}}],"epoch":"${epoch}","offset":1}}`,
    ],
    ['history', '{"channel":"c"}', `{"result":{"publications":[],"epoch":"${epoch}","offset":1}}`],
    [
      'history',
      '{"channel":"c","since":{"offset":0,"epoch":"other"}}',
      '{"error":{"code":112,"message":"unrecoverable position"}}',
    ],
    ['history', '{"channel":"bare:1"}', '{"error":{"code":108,"message":"not available"}}'],
    ['history_remove', '{"channel":"c"}', '{"result":{}}'],
    ['presence', '{"channel":"c"}', `{"result":{"presence":{"${id}":${ann}}}}`],
    ['presence', '{"channel":"bare:1"}', '{"error":{"code":108,"message":"not available"}}'],
    ['presence_stats', '{"channel":"c"}', '{"result":{"num_clients":1,"num_users":1}}'],
    ['channels', '{}', '{"result":{"channels":{"c":{"num_clients":1}}}}'],
    ['channels', '{"pattern":"x*"}', '{"result":{"channels":{}}}'],
    ['publish', '{"channel":"bare:1","data":1}', '{"result":{}}'],
    ['publish', '{"channel":"nope:1","data":1}', '{"error":{"code":102,"message":"unknown channel"}}'],
    ['publish', '{"channel":"c"}', '{"error":{"code":107,"message":"bad request"}}'],
    ['publish', '{"data":1}', '{"error":{"code":107,"message":"bad request"}}'],
    ['publish', '{"channel":"objects:1","data":1}', '{"error":{"code":107,"message":"bad request"}}'],
    ['publish', '{"channel":"c","b64data":"!"}', '{"error":{"code":107,"message":"bad request"}}'],
    [
      'broadcast',
      '{"channels":["bare:1","nope:1",""],"data":1}',
      '{"result":{"responses":[{"result":{}},{"error":{"code":102,"message":"unknown channel"}},{"error":{"code":107,"message":"bad request"}}]}}',
    ],
    ['rpc', '{"method":"any","params":{}}', '{"error":{"code":104,"message":"not found"}}'],
    ['rpc', '{}', '{"error":{"code":107,"message":"bad request"}}'],
    ['unsubscribe', '{"user":"nobody","channel":"c"}', '{"result":{}}'],
    ['disconnect', '{"user":"nobody"}', '{"result":{}}'],
    ['disconnect', '{"user":"ann","client":"another"}', '{"result":{}}'],
    ['disconnect', `{"user":"ann","whitelist":["${id}"]}`, '{"result":{}}'],
    ['refresh', '{"user":"ann","expire_at":32503680000}', '{"result":{}}'],
  ] as const) {
    assert.equal(await call(method, body), expected, `${method} ${body}`);
  }
  await until('the refresh push', () => client.replies.some(({ push }) => 'refresh' in ((push ?? {}) as object)));
  const info = JSON.parse(await call('info', '{}')) as { result: { nodes: Record<string, unknown>[] } };
  assert.deepEqual([info.result.nodes[0]?.['num_clients'], info.result.nodes[0]?.['num_subs']], [1, 1]);
  await call('refresh', '{"user":"ann","expired":true}');
  assert.deepEqual(await client.closed, [3005, 'connection expired']);
});

test('batch answers each command by itself, in order', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  const commands =
    '[{"publish":{"channel":"bare:1","data":[1,{"a":"]}"}]}}, {"nope":{}},\n7, {"presence_stats":{"channel":"c"}}, {"rpc":{"method":"m"}}]';
  for (const parallel of [false, true]) {
    const { body } = await post(`${httpUrl}/api/batch`, `{"commands":${commands},"parallel":${parallel}}`);
    const bad = '{"error":{"code":107,"message":"bad request"}}';
    const unknown = '{"error":{"code":104,"message":"not found"}}';
    const stats = '{"presence_stats":{"num_clients":0,"num_users":0}}';
    assert.equal(body, `{"replies":[{"publish":{}},${bad},${bad},${stats},${unknown}]}`);
  }
  const { body } = await post(`${httpUrl}/api/batch`, '{"commands":5}');
  assert.equal(body, '{"error":{"code":107,"message":"bad request"}}');
});

test('the legacy form takes calls by name, one a line', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  const lines =
    '{"method":"publish","params":{"channel":"bare:1","data":1}}\n{"method":"nope","params":{}}\n{"method":"info"}\n';
  const { status, body } = await post(`${httpUrl}/api`, lines);
  assert.equal(status, 200);
  const answers = body.split('\n');
  assert.deepEqual(answers.slice(0, 2), ['{"result":{}}', '{"error":{"code":104,"message":"not found"}}']);
  assert.match(answers[2] ?? '', /^\{"result":\{"nodes":\[/);
  for (const broken of ['', 'x', '{"method":1}', '{"params":{}}', '[]']) {
    assert.equal((await post(`${httpUrl}/api`, broken)).status, 400, broken);
  }
});

test('the transport error mode puts errors into the status', async (t) => {
  const { httpUrl } = await startGateway(t, config);
  const headers = { 'X-API-Key': 'a key', 'X-Centrifugo-Error-Mode': 'transport' };
  for (const [method, body, expected] of [
    ['publish', '{"channel":"nope:1","data":1}', { status: 404, body: '{"code":102,"message":"unknown channel"}' }],
    ['publish', '{"channel":"c"}', { status: 400, body: '{"code":107,"message":"bad request"}' }],
    [
      'history',
      '{"channel":"c","since":{"offset":0,"epoch":"x"}}',
      { status: 416, body: '{"code":112,"message":"unrecoverable position"}' },
    ],
    ['publish', '{"channel":"bare:1","data":1}', { status: 200, body: '{"result":{}}' }],
  ] as const) {
    assert.deepEqual(await post(`${httpUrl}/api/${method}`, body, headers), expected, body);
  }
});

test('serverApi gives a backend in this process values, not text', async (t) => {
  const { gateway, url } = await startGateway(t, config);
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann', info: { name: 'Ann' }, channels: ['c'] }) } });
  const id = ((await client.reply(1))['connect'] as { client: string }).client;
  const api = gateway.serverApi;
  await api.call('publish', { channel: 'c', data: { text: 'hi' } });
  const history = await api.call('history', { channel: 'c', limit: -1 });
  assert.deepEqual(history.result?.publications, [{ data: { text: 'hi' }, offset: 1 }]);
  const presence = await api.call('presence', { channel: 'c' });
  assert.deepEqual(presence.result, { presence: { [id]: { user: 'ann', client: id, conn_info: { name: 'Ann' } } } });
  assert.deepEqual(await api.call('publish', { channel: '', data: 1 }), {
    error: { code: 107, message: 'bad request' },
  });
});
