// Proves that a client without cookies is a known device at its next sign-in, and that a browser shows nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParley } from './create-client.ts';
import { createDeviceTokens } from './device-token.ts';
import { createMemoryStorage } from './memory-ports.ts';
import type { KeyValueStorage } from './ports.ts';
import { createFakeClock } from './testing/fake-clock.ts';

const USER = { id: 'u1', name: 'Mia', email: 'mia@example.com', role: 'member', createdAt: '2026-11-22T12:00:00.000Z' };
const credentials = { email: 'mia@example.com', password: 'correct horse battery' };

/** A client over a server that names devices at every sign-in; what the client showed at its doors is noted. */
function open(kind: 'web' | 'native', storage: KeyValueStorage) {
  const shown: [string, string | null][] = [];
  const logged: string[] = [];
  const kept: { token: string | null } = { token: null };
  const refreshTokens = {
    read: () => Promise.resolve(kept.token),
    write: async (token: string) => void (kept.token = token),
    clear: async () => void (kept.token = null),
  };
  const fetch = (async (url: string, init: RequestInit) => {
    const { pathname } = new URL(url);
    const device = new Headers(init.headers).get('x-parley-device');
    if (pathname.startsWith('/v1/auth/')) shown.push([pathname, device]);
    else assert.equal(device, null);
    if (pathname === '/v1/auth/logout') return new Response(null, { status: 204 });
    const body = { accessToken: `a${shown.length}`, refreshToken: `r${shown.length}`, expiresIn: 900, user: USER };
    const isSignIn = pathname === '/v1/auth/login';
    return Response.json(body, { headers: isSignIn ? { 'x-parley-device': `dev_${shown.length}` } : {} });
  }) as typeof globalThis.fetch;
  const parley = createParley({
    baseUrl: 'https://x.example',
    fetch,
    storage,
    clock: createFakeClock(),
    log: ({ message }) => void logged.push(message),
    ...(kind === 'native' ? { refreshTokens } : {}),
  });
  return { parley, shown, logged };
}

test('createParley() native: the device of a sign-in is shown at the next one, after a sign-out and a restart', async () => {
  const storage = createMemoryStorage();
  const first = open('native', storage);
  assert.ok((await first.parley.session.signIn(credentials)).ok);
  await first.parley.session.signOut();
  first.parley.close();
  const second = open('native', storage);
  assert.ok((await second.parley.session.signIn(credentials)).ok);
  second.parley.close();
  assert.deepEqual(first.shown, [
    ['/v1/auth/login', null],
    ['/v1/auth/logout', 'dev_1'],
  ]);
  assert.deepEqual(second.shown, [['/v1/auth/login', 'dev_1']]);
});

test('DeviceTokens show theirs where somebody signs in or out; not at a refresh, nor anywhere else', async () => {
  const devices = createDeviceTokens({ storage: createMemoryStorage(), log: () => undefined }, 'x');
  await devices.keep('dev_1');
  const shown: [string, string | null][] = [];
  for (const path of ['/v1/auth/login', '/v1/auth/second-factor', '/v1/auth/refresh', '/v1/me', '/v1/rooms'])
    shown.push([path, await devices.show(path)]);
  assert.deepEqual(shown, [
    ['/v1/auth/login', 'dev_1'],
    ['/v1/auth/second-factor', 'dev_1'],
    ['/v1/auth/refresh', null],
    ['/v1/me', null],
    ['/v1/rooms', null],
  ]);
});

test('createParley() native: a storage that fails costs the recognition, not the sign-in', async () => {
  const refused = (): Promise<never> => Promise.reject(new Error('full'));
  const { parley, logged } = open('native', { ...createMemoryStorage(), get: refused, set: refused });
  assert.ok((await parley.session.signIn(credentials)).ok);
  parley.close();
  assert.ok(logged.includes('the token of this device could not be kept'));
});

test('createParley() web: the cookie is the browser’s own, no token is shown', async () => {
  const { parley, shown } = open('web', createMemoryStorage());
  await parley.session.signIn(credentials);
  await parley.session.signIn(credentials);
  parley.close();
  assert.deepEqual(
    shown.map(([, device]) => device),
    [null, null],
  );
});
