import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { clockAt, nowSeconds } from './forge.test-support.ts';
import { joseSign, jwkOf } from './foreign-keys.test-support.ts';
import { createForeignTokens } from './foreign-tokens.ts';
import { createJwksFetch } from './jwks.ts';
import type { FetchSettings, Resolve } from './jwks.ts';

const fetchSettings: FetchSettings = { timeoutMs: 5000, maxBytes: 1000, allowPrivateAddresses: true };

/** A server that lives as long as the test; the answer is its port. */
async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const loopback: Resolve = () => Promise.resolve(['127.0.0.1']);

function fetchFrom(port: number, settings: Partial<FetchSettings> = {}, resolve = loopback): Promise<string> {
  return createJwksFetch({ ...fetchSettings, ...settings }, resolve)(`http://idp.example:${port}/keys?a=1`);
}

test('createJwksFetch() fetches by the name, from the address that was resolved', async (t) => {
  const seen: unknown[] = [];
  const port = await serve(t, ({ url, method, headers }, response) => {
    seen.push(method, url, headers.host, headers['accept-encoding'], headers.authorization, headers.cookie);
    response.end('{"keys":[]}');
  });
  assert.equal(await fetchFrom(port), '{"keys":[]}');
  assert.deepEqual(seen, ['GET', '/keys?a=1', `idp.example:${port}`, 'identity', undefined, undefined]);
});

test('createJwksFetch() ends a slow answer, at the headers and in the body, and a slow name service', async (t) => {
  const silent = await serve(t, () => undefined);
  const dripping = await serve(t, (_, response) => void response.write('{'));
  for (const port of [silent, dripping]) {
    await assert.rejects(fetchFrom(port, { timeoutMs: 50 }), { message: 'no answer within 50 ms' });
  }
  const never: Resolve = () => new Promise(() => undefined);
  await assert.rejects(fetchFrom(silent, { timeoutMs: 50 }, never), { message: 'no answer from the name service' });
});

test('createJwksFetch() ends a huge answer when the bound is passed, and closes the connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const port = await serve(t, (_, response) => {
    response.once('close', closed.resolve);
    const fill = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', fill);
    fill();
  });
  await assert.rejects(fetchFrom(port), { message: 'the answer is larger than 1000 bytes' });
  await closed.promise;
  const exact = await serve(t, (_, response) => void response.end('x'.repeat(1000)));
  assert.equal((await fetchFrom(exact)).length, 1000);
  await assert.rejects(fetchFrom(exact, { maxBytes: 999 }), { message: 'the answer is larger than 999 bytes' });
});

test('createJwksFetch() follows no redirect and takes no other status', async (t) => {
  let visits = 0;
  const target = await serve(t, (_, response) => {
    visits += 1;
    response.end('{"keys":[]}');
  });
  for (const status of [301, 302, 303, 307, 308, 204, 206, 401, 404, 500]) {
    const port = await serve(t, (_, response) => {
      response
        .writeHead(status, { location: `http://127.0.0.1:${target}/` })
        .end(status === 204 ? undefined : '{"keys":[]}');
    });
    await assert.rejects(fetchFrom(port), { message: `the answer is status ${status}; redirects are not followed` });
  }
  assert.equal(visits, 0);
});

test('createJwksFetch() takes no compressed answer', async (t) => {
  const port = await serve(t, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
  await assert.rejects(fetchFrom(port), { message: 'the answer is compressed, which was not asked for' });
});

test('createJwksFetch() says why there is no connection', async (t) => {
  const port = await serve(t, ({ socket }) => socket.destroy());
  await assert.rejects(fetchFrom(port), { name: 'JwksFetchError', message: 'no connection (ECONNRESET)' });
  const lost: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  await assert.rejects(fetchFrom(port, {}, lost), { message: 'no connection (ENOTFOUND)' });
  await assert.rejects(
    fetchFrom(port, {}, () => Promise.resolve([])),
    { message: 'the host has no address' },
  );
});

test('createJwksFetch() asks no private address, in whichever form, unless that is allowed', async (t) => {
  let visits = 0;
  const port = await serve(t, (_, response) => {
    visits += 1;
    response.end('{}');
  });
  const message = 'the host has a private or reserved address, which is not allowed';
  const strict = { allowPrivateAddresses: false };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', 'fd00::1', '0.0.0.0']) {
    await assert.rejects(
      fetchFrom(port, strict, () => Promise.resolve([address])),
      { message },
      address,
    );
  }
  await assert.rejects(
    fetchFrom(port, strict, () => Promise.resolve(['1.1.1.1', '127.0.0.1'])),
    { message },
  );
  const fetchText = createJwksFetch({ ...fetchSettings, ...strict }, loopback);
  for (const host of ['127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:7f00:1]', '0']) {
    await assert.rejects(fetchText(`http://${host}:${port}/`), { message }, host);
  }
  assert.equal(visits, 0);
  const allowed = createJwksFetch(fetchSettings, () => Promise.reject(new Error('an address needs no name service')));
  assert.equal(await allowed(`http://127.0.0.1:${port}/`), '{}');
});

test('createJwksFetch() connects to the address that was checked, however the name is resolved later', async (t) => {
  const visits: string[] = [];
  const port = await serve(t, ({ socket }, response) => {
    visits.push(String(socket.localAddress));
    response.end('{}');
  });
  let asked = 0;
  const rebinding: Resolve = () => {
    asked += 1;
    return Promise.resolve([asked === 1 ? '127.0.0.1' : '127.0.0.2']);
  };
  // localhost would resolve by itself: that the name service of the system is not asked shows by the address.
  const other: Resolve = () => Promise.resolve(['127.0.0.3']);
  await fetchFrom(port, {}, rebinding);
  assert.deepEqual([asked, visits], [1, ['127.0.0.1']]);
  await assert.rejects(createJwksFetch(fetchSettings, other)(`http://localhost:${port}/`), { message: /ECONNREFUSED/ });
});

test('createJwksFetch() speaks TLS to the address under the name', async (t) => {
  const hello = Promise.withResolvers<Buffer>();
  const server = createTcpServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (bytes) => {
        hello.resolve(Buffer.from(bytes));
        socket.destroy();
      });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fetched = createJwksFetch(fetchSettings, loopback)(`https://idp.example:${port}/`);
  await assert.rejects(fetched, { name: 'JwksFetchError' });
  const bytes = await hello.promise;
  assert.equal(bytes[0], 0x16);
  assert.ok(bytes.includes('idp.example'));
});

test('createForeignTokens() verifies by keys of a server, through a rotation and an outage', async (t) => {
  let keys: object[] | undefined = [jwkOf('ES256', { kid: 'a' })];
  const port = await serve(t, (_, response) => {
    response.writeHead(keys === undefined ? 503 : 200).end(JSON.stringify({ keys }));
  });
  const failures: string[] = [];
  const settings = {
    jwksPublicEndpoint: `http://idp.example:${port}/keys`,
    jwksAllowHttp: true,
    jwksAllowPrivateAddresses: true,
  };
  const ports = {
    clock: clockAt(nowSeconds),
    resolve: loopback,
    onFetchFailure: (...words: string[]) => failures.push(words.join(' ')),
  };
  const created = createForeignTokens(settings, ports);
  assert.ok(created.ok);
  const { verify } = created;
  const tokens = { a: await joseSign('ES256', {}, { kid: 'a' }), b: await joseSign('RS256', {}, { kid: 'b' }) };
  const good = { ok: true, kind: 'connection', claims: {}, json: '{}' };
  assert.deepEqual(await verify(tokens.a), good);
  keys = [...keys, jwkOf('RS256', { kid: 'b' })];
  assert.deepEqual(await verify(tokens.b), good);
  keys = undefined;
  assert.deepEqual(await verify(await joseSign('ES256', {}, { kid: 'c' })), { ok: false, problem: 'unavailable' });
  assert.deepEqual([verify(tokens.a), verify(tokens.b)], [good, good]);
  assert.deepEqual(failures, [`http://idp.example:${port}/keys the answer is status 503; redirects are not followed`]);
  const strict = createForeignTokens({ ...settings, jwksAllowPrivateAddresses: false }, ports);
  assert.ok(strict.ok);
  assert.deepEqual(await strict.verify(tokens.a), { ok: false, problem: 'unavailable' });
});
