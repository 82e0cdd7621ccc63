// Proves that an operator's orders reach a running server, that they are in force at once, and that nobody else has a door.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { generateSecretKeys } from '@parley/tokens';
import { main } from '../main.ts';
import { sendOrder } from './operator-door.ts';
import { join, openWire, serve, setUp, signIn, type Served } from './testing/served.ts';

/** An address where nobody listens. */
async function freeUrl(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return `http://127.0.0.1:${port}`;
}

async function run(served: Served, words: string[], typed = ''): Promise<{ code: number; out: string; error: string }> {
  const told = { out: '', error: '' };
  const place = ['--data', served.dataFolder, '--port', new URL(served.url).port];
  const code = await main([...words, ...place], {
    environment: { NODE_ENV: 'development' },
    isTerminal: false,
    out: (text) => void (told.out += text),
    error: (text) => void (told.error += text),
    readFile: () => '',
    readInput: () => Promise.resolve(typed),
  });
  return { code, ...told };
}

test('parley user list, role, disable, enable and unlock work while the server runs', async (t) => {
  const served = await serve(t);
  const root = await setUp(served);
  const bob = await join(served, root, 'bob');
  const listed = await run(served, ['user', 'list', '--role', 'member', '--json']);
  assert.deepEqual(
    listed.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { email: string }).email),
    ['bob@example.org'],
  );
  const wire = await openWire(t, served);
  const { body } = await served.call<{ token: string }>(bob.bearer, 'GET /v1/realtime/connection-token');
  await wire.ask({ connect: { token: body.token } });
  const disabled = await run(served, ['user', 'disable', 'bob@example.org']);
  assert.deepEqual(disabled, { code: 0, out: 'bob@example.org is disabled; all sessions have ended\n', error: '' });
  assert.equal((await served.call(bob.bearer, 'GET /v1/me')).status, 401);
  assert.equal((await wire.closed).code, 3014);
  assert.match(
    (await run(served, ['user', 'list', '--status', 'disabled'])).out,
    /^member {3}disabled .*bob@example\.org>\n$/,
  );
  assert.equal((await run(served, ['user', 'enable', 'bob@example.org'])).code, 0);
  assert.equal((await run(served, ['user', 'unlock', 'bob@example.org'])).code, 0);
  assert.equal((await run(served, ['user', 'role', 'bob@example.org', 'admin'])).out, 'bob@example.org is admin now\n');
  const again = await signIn(served, 'bob');
  assert.equal((await served.call(again.bearer, 'GET /v1/admin/users')).status, 200);
  const unknown = await run(served, ['user', 'disable', 'eve@example.org']);
  assert.deepEqual([unknown.code, unknown.error], [1, 'error: there is no account eve@example.org\n']);
  await run(served, ['user', 'disable', 'root@example.org']);
  const last = await run(served, ['user', 'role', 'bob@example.org', 'member']);
  assert.deepEqual([last.code, last.error], [1, 'error: The last administrator cannot lose the role\n']);
});

test('parley user create and reset-factors work while the server runs', async (t) => {
  const served = await serve(t);
  await setUp(served);
  const create = (email: string, name: string, password: string) =>
    run(served, ['user', 'create', '--email', email, '--name', name], password);
  const made = await create('zoe@example.org', 'zoe', 'correct horse battery\n');
  assert.deepEqual(made, { code: 0, out: 'zoe <zoe@example.org> is member\n', error: '' });
  const refused = [
    ['zoe@example.org', 'Zoe', 'correct horse battery'],
    ['yan@example.org', 'Yan', 'short'],
    ['a', 'Yan', 'correct horse battery'],
    ['yan@example.org', ' ', 'correct horse battery'],
  ] as const;
  const told = [];
  for (const typed of refused) told.push(await create(typed[0], typed[1], typed[2]));
  assert.deepEqual(
    told.map(({ code, error }) => [code, /^error: ([a-z]+)/i.exec(error)?.[1]]),
    [
      [1, 'There'],
      [1, 'password'],
      [1, 'email'],
      [1, 'name'],
    ],
  );
  const zoe = await signIn(served, 'zoe');
  const reset = await run(served, ['user', 'reset-factors', 'zoe@example.org']);
  const out = 'zoe@example.org signs in without a second factor\n';
  assert.deepEqual(reset, { code: 0, out, error: '' });
  assert.equal((await served.call(zoe.bearer, 'GET /v1/me')).status, 200);
});

test('the operator’s door is not there without the secret of the data folder, nor through a proxy', async (t) => {
  const served = await serve(t);
  await setUp(served);
  const order = { action: 'list', query: {} } as const;
  const to = { address: served.url, fetch: globalThis.fetch };
  const { secretKeys } = served.secrets;
  assert.equal((await sendOrder({ ...to, secretKeys }, order)).kind, 'answered');
  assert.equal((await sendOrder({ ...to, secretKeys: generateSecretKeys() }, order)).kind, 'absent');
  const proxied = ((url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', '127.0.0.1');
    return fetch(url, { ...init, headers });
  }) as typeof globalThis.fetch;
  assert.equal((await sendOrder({ ...to, secretKeys, fetch: proxied }, order)).kind, 'absent');
  const kid = secretKeys.current('device').kid;
  for (const credential of ['', kid, `${kid}.`, `${kid}.x`, `x.${kid}`]) {
    const response = await fetch(`${served.url}/operator`, {
      method: 'POST',
      headers: { 'x-parley-operator': credential, 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    assert.equal(response.status, 404, credential);
    await response.body?.cancel();
  }
  const odd = { action: 'change', email: 'root@example.org', role: 'king' } as unknown as typeof order;
  assert.deepEqual(await sendOrder({ ...to, secretKeys }, odd), {
    kind: 'failed',
    problem: 'this server does not know the order',
  });
});

test('an order that is overheard opens no other door, and is told to nobody but the server of the data folder', async (t) => {
  const served = await serve(t);
  await setUp(served);
  const { secretKeys } = served.secrets;
  const overheard: { url: string; init: RequestInit }[] = [];
  const overhear = ((url: string, init: RequestInit) => {
    overheard.push({ url, init });
    return fetch(url, init);
  }) as typeof globalThis.fetch;
  const order = { action: 'list', query: {} } as const;
  assert.equal((await sendOrder({ address: served.url, secretKeys, fetch: overhear }, order)).kind, 'answered');
  const [, sent] = overheard;
  const another = JSON.stringify({ action: 'change', email: 'root@example.org', disabled: true });
  const replayed = await fetch(sent?.url ?? '', { ...sent?.init, body: another });
  assert.deepEqual([replayed.status, await replayed.json()], [400, { problem: 'this is another order' }]);
  const headers = new Headers(sent?.init.headers);
  const [kid, time, ...rest] = (headers.get('x-parley-operator') ?? '').split('.');
  headers.set('x-parley-operator', [kid, Number(time) + 1, ...rest].join('.'));
  const later = await fetch(sent?.url ?? '', { ...sent?.init, headers });
  assert.equal(later.status, 404);
  await later.body?.cancel();
  // Somebody else on the port, who echoes whatever comes.
  const heard: string[] = [];
  const stranger = createServer((socket) => {
    socket.on('data', (data) => {
      heard.push(data.toString());
      const echo = /x-parley-operator: (\S+)/i.exec(data.toString())?.[1] ?? '';
      socket.end(`HTTP/1.1 204 No Content\r\nx-parley-operator: ${echo}\r\nconnection: close\r\n\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  t.after(() => stranger.close());
  const address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  assert.deepEqual(await sendOrder({ address, secretKeys, fetch: globalThis.fetch }, order), { kind: 'absent' });
  assert.deepEqual(
    heard.map((text) => text.split(' ', 1)[0]),
    ['GET'],
  );
});

test('parley user works on the database itself when no server runs', async (t) => {
  const served = await serve(t);
  const root = await setUp(served);
  await join(served, root, 'bob');
  // Another port, where nobody listens: the database is locked by the server.
  const elsewhere = { ...served, url: await freeUrl() };
  const locked = await run(elsewhere, ['user', 'disable', 'bob@example.org']);
  assert.equal(locked.code, 1);
  assert.match(locked.error, /Another Parley process uses .* say which: --port\.\n$/);
  await served.stop();
  const offline = await run(served, ['user', 'disable', 'bob@example.org']);
  assert.deepEqual([offline.code, offline.out], [0, 'bob@example.org is disabled; all sessions have ended\n']);
  assert.match((await run(served, ['user', 'list', '--status', 'disabled'])).out, /bob@example\.org/);
});
