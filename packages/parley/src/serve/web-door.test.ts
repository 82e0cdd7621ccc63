import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createWebDoor } from './web-door.ts';

const page = '<!doctype html><title>Parley</title>';
const script = `console.log(${JSON.stringify('x'.repeat(5_000))});`;

async function builtFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-web-'));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), page);
  await writeFile(path.join(folder, 'assets', 'app-abc.js'), script);
  await writeFile(path.join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  return folder;
}

/** Serves the folder; what is not the page's is answered with 418. */
async function serve(context: TestContext, options: { isHttps?: boolean } = {}): Promise<string> {
  const door = await createWebDoor({
    folder: await builtFolder(context),
    realtimeUrl: 'wss://chat.example.org/connection/websocket',
    isHttps: options.isHttps ?? false,
  });
  const server = createServer((request, response) => {
    if (!door.handle(request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('createWebDoor() says what to do when the page is not built', async () => {
  await assert.rejects(
    createWebDoor({ folder: '/nowhere/dist', realtimeUrl: 'ws://localhost', isHttps: false }),
    /^Error: the page is not built \(no index\.html in \/nowhere\/dist\); run `npm run setup` once$/,
  );
});

test('handle() serves the page for every page path and nothing that belongs to others', async (context) => {
  const url = await serve(context);
  for (const pagePath of [
    '/',
    '/setup',
    '/rooms/0192f1c0-0000-7000-8000-000000000000',
    '/sign-in?next=%2F',
    '/forgot',
    '/reset',
    '/confirm',
    '/not-me',
    '/account/api-keys',
    '/admin/audit',
  ]) {
    const response = await fetch(url + pagePath);
    assert.equal(await response.text(), page, pagePath);
    assert.equal(response.headers.get('cache-control'), 'no-cache');
  }
  for (const other of [
    '/v1',
    '/v1/rooms',
    '/api/publish',
    '/connection/websocket',
    '/livez',
    '/metrics',
    '/docs/x',
    '/x.js',
    '/assets/none.js',
  ]) {
    assert.equal((await fetch(url + other)).status, 418, other);
  }
  assert.equal((await fetch(url, { method: 'POST' })).status, 418);
});

test('handle() gives somebody who followed a broken link the page with 404, and others no page', async (context) => {
  const url = await serve(context);
  const lost = await fetch(`${url}/roms/1`, { headers: { accept: 'text/html,application/xhtml+xml' } });
  assert.equal(lost.status, 404);
  assert.equal(await lost.text(), page);
  assert.equal((await fetch(`${url}/v1/rooms`, { headers: { accept: 'text/html' } })).status, 418);
  assert.equal((await fetch(`${url}/roms/1`)).status, 418);
});

test('handle() never leaves the built folder', async (context) => {
  const url = await serve(context);
  for (const escape of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%00.js',
  ]) {
    const response = await fetch(url + escape);
    assert.equal(response.status, 418, escape);
  }
});

test('handle() caches assets for ever and lets a browser keep what has not changed', async (context) => {
  const url = await serve(context);
  const asset = await fetch(`${url}/assets/app-abc.js`);
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(asset.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(asset.headers.get('content-encoding'), 'gzip');
  assert.equal(await asset.text(), script);
  const plain = await fetch(`${url}/assets/app-abc.js`, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.equal(await plain.text(), script);
  const etag = asset.headers.get('etag') ?? '';
  const again = await fetch(`${url}/assets/app-abc.js`, { headers: { 'if-none-match': etag } });
  assert.equal(again.status, 304);
  const head = await fetch(`${url}/favicon.svg`, { method: 'HEAD' });
  assert.deepEqual([head.headers.get('content-type'), head.headers.get('content-length')], ['image/svg+xml', '41']);
  assert.equal(await head.text(), '');
});

test('handle() tells the browser to run nothing but our own', async (context) => {
  const { headers } = await fetch(await serve(context, { isHttps: true }));
  assert.equal(
    headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
      "manifest-src 'self'; connect-src 'self' wss://chat.example.org; base-uri 'none'; form-action 'self'; " +
      "frame-ancestors 'none'; require-trusted-types-for 'script'",
  );
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await fetch(await serve(context))).headers.get('strict-transport-security'), null);
});
