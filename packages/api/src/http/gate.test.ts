// Checks how a bearer token is read and who passes the gate.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { actorOf, judgeToken, readBearer } from './gate.ts';
import { openPlatform, wordVerifier } from './testing/platform.ts';

test('readBearer() takes one header with one space and the alphabet of tokens, nothing else', () => {
  const cases = [
    ['Bearer a.b.c', 'token'],
    ['bearer a.b-c_', 'token'],
    ['', 'unusable'],
    ['Bearer', 'unusable'],
    ['Bearer ', 'unusable'],
    ['Bearer  a', 'unusable'],
    ['Bearer\ta', 'unusable'],
    ['BEARER a', 'unusable'],
    ['Bearer a ', 'unusable'],
    ['Bearer a,', 'unusable'],
    ['Bearer a, Bearer b', 'unusable'],
    ['Bearer "a"', 'unusable'],
    ['Bearer a%2Eb', 'unusable'],
    ['Basic dTpw', 'unusable'],
    [`Bearer ${'a'.repeat(4_097)}`, 'unusable'],
  ] as const;
  for (const [value, kind] of cases) assert.equal(readBearer(['Authorization', value]).kind, kind, value);
  assert.equal(readBearer(['Host', 'authorization']).kind, 'absent');
  assert.equal(readBearer(['Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer a']).kind, 'several');
});

test('judgeToken() refuses what is revoked and roles that it does not know', () => {
  const isRevoked = (claims: { sub: string; uv?: number }) => claims.sub === 'gone' && claims.uv === 1;
  const ports = { verifyAccess: wordVerifier, revocations: { isRevoked } };
  assert.deepEqual(judgeToken(ports, 'user.ann'), {
    ok: true,
    actor: { userId: 'ann', name: 'ann', role: 'member', sessionId: 's', scopes: null, epoch: 1 },
  });
  assert.deepEqual(judgeToken(ports, 'user.gone'), { ok: false, problem: 'revoked' });
  assert.deepEqual(judgeToken(ports, 'junk'), { ok: false, problem: 'signature' });
  const king: typeof wordVerifier = (token) => {
    const verified = wordVerifier(token);
    return verified.ok ? { ok: true, claims: { ...verified.claims, role: 'king' } } : verified;
  };
  assert.deepEqual(judgeToken({ ...ports, verifyAccess: king }, 'user.ann'), { ok: false, problem: 'unknown role' });
});

test('the gate stands before every route that does not open itself, and before the body is read', async () => {
  const { app } = openPlatform((scope) => {
    const body = z.strictObject({ a: z.string() });
    scope.post('/v1/closed', { schema: { body, response: { 200: z.object({ id: z.string() }) } } }, (request) => ({
      id: actorOf(request).userId,
    }));
    scope.get('/v1/open', { config: { access: 'public' } }, (request) => ({ actor: request.actor }));
  });
  const post = (headers: Record<string, string | string[]>, url = '/v1/closed') =>
    app.inject({ method: 'POST', url, payload: '{', headers: { 'content-type': 'application/json', ...headers } });
  const absent = await post({}, '/v1/closed?access_token=user.ann');
  assert.equal(absent.statusCode, 401);
  assert.equal(absent.headers['www-authenticate'], 'Bearer');
  const wrong = await post({ authorization: 'Bearer nobody' });
  assert.equal(wrong.json().code, 'auth.invalid_token');
  assert.match(String(wrong.headers['www-authenticate']), /^Bearer error="invalid_token"/);
  const basic = await post({ authorization: 'Basic dXNlcg' });
  assert.equal(basic.body.replace(basic.json().requestId, ''), wrong.body.replace(wrong.json().requestId, ''));
  const two = await post({ authorization: ['Bearer user.ann', 'Bearer user.ann'] });
  assert.equal(two.json().code, 'request.malformed');
  assert.equal((await post({ authorization: 'Bearer user.ann' })).json().code, 'request.malformed');
  const headers = { authorization: 'Bearer user.ann' };
  const through = await app.inject({ method: 'POST', url: '/v1/closed', payload: { a: 'b' }, headers });
  assert.deepEqual(through.json(), { id: 'ann' });
  assert.deepEqual((await app.inject('/v1/open')).json(), { actor: null });
});
