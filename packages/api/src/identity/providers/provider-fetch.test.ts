// Checks how a provider is asked, and what a provider that is down, slow, wrong or badly placed gets.
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createProviderDirectory } from './directory.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { providerOf } from './testing/browser.ts';
import { startScriptedProvider } from './testing/scripted-provider.ts';

const rules = { allowsPrivateAddress: true, timeoutMs: 2_000, maxBytes: 1_000 };
const get = { method: 'GET', headers: {}, body: undefined, redirect: 'manual' } as const;

async function serve(t: TestContext, answer: (response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('createProviderFetch() hands over answers as they are and follows no redirect', async (t) => {
  const url = await serve(t, (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('moved'));
  const answer = await createProviderFetch(rules)(url, get);
  assert.deepEqual([answer.status, await answer.text()], [302, 'moved']);
});

test('createProviderFetch() asks no private address, and nobody without TLS, unless it is allowed', async (t) => {
  const url = await serve(t, (response) => response.end('never'));
  const strict = createProviderFetch({ ...rules, allowsPrivateAddress: false });
  for (const address of [
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://0x7f.1/',
  ])
    await assert.rejects(strict(address, get), { name: 'ProviderUnreachable', code: 'private_address' }, address);
  await assert.rejects(strict(url, get), { code: 'insecure' });
  for (const address of ['http://93.184.216.34/', 'http://10.0.0.1/', 'file:///etc/passwd'])
    await assert.rejects(createProviderFetch(rules)(address, get), { code: 'insecure' }, address);
});

test('createProviderFetch() ends with its time and its size', async (t) => {
  const silent = await serve(t, () => undefined);
  const quick = createProviderFetch({ ...rules, timeoutMs: 50 });
  await assert.rejects(quick(silent, get), (error: Error) => /abort|time/i.test(`${error.name} ${error.message}`));
  const halting = await serve(t, (response) => response.writeHead(200).write('a'));
  await assert.rejects(quick(halting, get));
  const endless = await serve(t, (response) => {
    response.on('drain', () => response.write('a'.repeat(900)));
    while (response.write('a'.repeat(900)));
  });
  await assert.rejects(createProviderFetch(rules)(endless, get), { code: 'too_large' });
});

test('createProviderDirectory() asks once, believes for an hour, and leaves a failing provider in peace', async (t) => {
  const provider = await startScriptedProvider({ sub: 'x' });
  t.after(() => provider.close());
  const time = { now: 0 };
  const acme = providerOf(provider.issuer);
  const directory = createProviderDirectory({ config: { providers: [acme] }, clock: { now: () => time.now } });
  const asked = () => provider.asked.filter((path) => path.includes('openid-configuration')).length;
  provider.script.answer = (_path, response) => {
    response.writeHead(500).end();
    return true;
  };
  await assert.rejects(directory.connect(acme));
  await assert.rejects(directory.connect(acme), { name: 'ProviderDown' });
  assert.equal(asked(), 1);
  provider.script.answer = () => false;
  time.now += 5_000;
  await Promise.all([directory.connect(acme), directory.connect(acme)]);
  time.now += 3_599_999;
  await directory.connect(acme);
  assert.equal(asked(), 2);
  time.now += 1;
  await directory.connect(acme);
  assert.equal(asked(), 3);
});

test('createProviderDirectory() believes nothing that is not of the provider', async (t) => {
  const provider = await startScriptedProvider({ sub: 'x' });
  t.after(() => provider.close());
  const acme = providerOf(provider.issuer);
  const { issuer } = provider;
  const good = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` };
  for (const [name, text] of [
    ['garbage', '<html>'],
    ['an array', '[]'],
    ['nothing', ''],
    ['another issuer', JSON.stringify({ ...good, issuer: 'https://other.example' })],
    ['no page', JSON.stringify({ ...good, authorization_endpoint: undefined })],
    ['a script for a page', JSON.stringify({ ...good, authorization_endpoint: 'javascript:alert(1)' })],
    ['too much', JSON.stringify({ ...good, more: 'x'.repeat(300_000) })],
  ] as const) {
    provider.script.answer = (_path, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      return true;
    };
    const directory = createProviderDirectory({ config: { providers: [acme] }, clock: { now: () => 0 } });
    await assert.rejects(directory.connect(acme), Error, name);
  }
});
