import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { addNext, generateKey, generateKeyrings, promote } from '@parley/tokens';
import type { Keyrings } from '@parley/tokens';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createJwksPage } from './jwks-page.ts';
import { createServerTokens } from './tokens.ts';

async function serve(context: TestContext, rings: Keyrings) {
  const page = createJwksPage(rings);
  const server = createServer((request, response) => {
    if (!page.handle(request, response)) response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (init: RequestInit = {}, path = '/.well-known/jwks.json') => fetch(base + path, init);
}

test('createJwksPage() publishes public keys that another library verifies our tokens with', async (context) => {
  const rings = generateKeyrings('ES256');
  rings.access.replace([
    generateKey('EdDSA', 'current'),
    generateKey('PS256', 'next'),
    generateKey('HS256', 'retired'),
    generateKey('ES384', 'revoked'),
  ]);
  const ask = await serve(context, rings);
  const answer = await ask();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=300');
  assert.equal(answer.headers.get('content-type'), 'application/jwk-set+json');
  const set = (await answer.json()) as { keys: Record<string, string>[] };
  assert.deepEqual(
    set.keys.map(({ alg, use, kid }) => [alg, use, kid]),
    [
      ['EdDSA', 'sig', rings.access.keys()[0]?.kid],
      ['PS256', 'sig', rings.access.keys()[1]?.kid],
      ['ES256', 'sig', rings.connection.current()?.kid],
      ['ES256', 'sig', rings.subscription.current()?.kid],
    ],
  );
  // identity 2.2: 83
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'state', 'since'];
  for (const key of set.keys)
    assert.deepEqual(
      secret.filter((name) => name in key),
      [],
    );
  const tokens = createServerTokens(
    { issuer: 'https://parley.example', rings, accessTokenLife: 900 },
    { now: Date.now },
  );
  const token = tokens.access.sign({ sub: 'u', sid: 's', uv: 0, role: 'member', scope: '', client_id: 'web' }, 60);
  const verified = await jwtVerify(token, createLocalJWKSet(set as Parameters<typeof createLocalJWKSet>[0]));
  assert.equal(verified.payload.sub, 'u');
});

test('createJwksPage() answers 304 to who has the set, and follows a rotation', async (context) => {
  const rings = generateKeyrings('EdDSA');
  const ask = await serve(context, rings);
  const etag = (await ask()).headers.get('etag') ?? '';
  assert.match(etag, /^"[A-Za-z0-9_-]{43}"$/);
  for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const answer = await ask({ headers: { 'if-none-match': condition } });
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get('etag')], [304, '', etag], condition);
  }
  assert.equal((await ask({ headers: { 'if-none-match': '"x"' } })).status, 200);
  const added = generateKey('EdDSA', 'next');
  rings.access.replace([...rings.access.keys(), added]);
  const after = await ask({ headers: { 'if-none-match': etag } });
  assert.equal(after.status, 200);
  assert.ok((await after.text()).includes(added.kid));
});

test('createJwksPage() gives an empty set for symmetric rings, HEAD without a body, and nothing elsewhere', async (context) => {
  const ask = await serve(context, generateKeyrings('HS256'));
  assert.equal(await (await ask()).text(), '{"keys":[]}');
  const head = await ask({ method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '11']);
  assert.equal((await ask({}, '/.well-known/other')).status, 404);
  assert.equal((await ask({ method: 'POST' })).status, 404);
  assert.equal((await ask({}, '/.well-known/jwks.json?x=1')).status, 200);
});

// identity 2.2: 132
test('createJwksPage() under load while keys rotate: every token verifies with a set of before or after', async (context) => {
  const rings = generateKeyrings('EdDSA');
  const ask = await serve(context, rings);
  const tokens = createServerTokens(
    { issuer: 'https://parley.example', rings, accessTokenLife: 900 },
    { now: Date.now },
  );
  const claims = { sub: 'u', sid: 's', uv: 0, role: 'member', scope: '', client_id: 'web' };
  const fetchSet = async () => {
    const text = await (await ask()).text();
    assert.doesNotMatch(text, /"(d|p|q|dp|dq|qi|k)":/);
    return JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0];
  };
  const verify = async (token: string, set: Awaited<ReturnType<typeof fetchSet>>): Promise<void> => {
    assert.equal((await jwtVerify(token, createLocalJWKSet(set))).payload.sub, 'u');
  };
  const algorithms = ['EdDSA', 'ES256', 'ES384'] as const;
  const seen = new Set<string | undefined>();
  for (let round = 0; round < 12; round += 1) {
    const made = generateKey(algorithms[round % 3] ?? 'EdDSA', 'next');
    rings.access.replace(addNext(rings.access.keys(), made, round));
    const older = await Promise.all(Array.from({ length: 8 }, fetchSet));
    const load = older.map(async (set) => {
      for (let at = 0; at < 5; at += 1) {
        const token = tokens.access.sign(claims, 60);
        await verify(token, set);
        await verify(token, await fetchSet());
      }
    });
    const moved = promote(rings.access.keys(), made.kid, round);
    assert.ok(moved.ok);
    rings.access.replace(moved.keys);
    await Promise.all(load);
    seen.add(rings.access.current()?.kid);
  }
  assert.equal(seen.size, 12);
});
