import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createKeyCheck, readGatewayConfig, type TokenGate } from '@parley/gateway';
import { pino } from 'pino';
import { createFrontDoor } from '../serve/front-door.ts';
import { createMetricsPage, type MetricsPageOptions } from './metrics-page.ts';
import { answerNotFound } from './pages.ts';
import { runGateway } from './run.ts';

const log = pino({ level: 'silent' });

async function serve(t: TestContext, options: Partial<MetricsPageOptions>): Promise<string> {
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  const page = createMetricsPage({ path: '/metrics', log, scrape: () => Promise.resolve('a 1\n'), ...options });
  const gateway = { handleRequest: () => false, handleUpgrade: () => false };
  door.open({ gateway, pages: [page], api: answerNotFound });
  t.after(async () => {
    door.startDraining();
    await door.close(0);
  });
  return `http://127.0.0.1:${door.port}`;
}

test('createMetricsPage() answers GET with what was scraped, and nothing else', async (t) => {
  const url = await serve(t, {});
  const answer = await fetch(`${url}/metrics?x=1`);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(await answer.text(), 'a 1\n');
  assert.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 405);
  assert.equal((await fetch(`${url}/metrics/more`)).status, 404);
});

test('createMetricsPage() wants the key where one is needed, in the two forms of the server API', async (t) => {
  const url = await serve(t, { isAllowed: createKeyCheck('secret') });
  for (const [headers, status] of [
    [{}, 401],
    [{ 'X-API-Key': 'wrong' }, 401],
    [{ 'X-API-Key': 'secret' }, 200],
    [{ Authorization: 'apikey secret' }, 200],
    [{ Authorization: 'Bearer secret' }, 401],
  ] as const) {
    assert.equal((await fetch(`${url}/metrics`, { headers })).status, status, JSON.stringify(headers));
  }
});

test('createMetricsPage() answers 503 when metrics cannot be collected', async (t) => {
  const url = await serve(t, { scrape: () => Promise.reject(new Error('the engine is gone')) });
  const answer = await fetch(`${url}/metrics`);
  assert.equal(answer.status, 503);
  assert.equal(await answer.text(), 'metrics could not be collected; the log says why\n');
});

const tokens: TokenGate = {
  connection: () => Promise.reject(new Error('not asked here')),
  subscription: () => Promise.reject(new Error('not asked here')),
};

test('runGateway() serves metrics where it is told to, on the internal listener only', async (t) => {
  const read = readGatewayConfig({
    prometheus: { enabled: true, handler_prefix: '/my/metrics' },
    http_server: { address: '127.0.0.1', port: 0, internal_address: '127.0.0.1', internal_port: 0 },
  });
  assert.ok(read.ok);
  const { http_server: server } = read.config;
  const config = { ...read.config, http_server: { ...server, internal_address: '127.0.0.2' } };
  const running = await runGateway({ config, tokens, log, version: '1.2.3' });
  t.after(() => running.stop());
  assert.equal((await fetch(`${running.url}/my/metrics`)).status, 404);
  const text = await (await fetch(`${running.internalUrl}/my/metrics`)).text();
  assert.ok(text.includes('centrifugo_node_build{version="1.2.3"} 1'));
});
