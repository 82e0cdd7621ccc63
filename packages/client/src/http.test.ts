// Proves what a request carries, and how answers and their absence become outcomes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttp, sendOnce } from './http.ts';
import type { HttpRequest } from './http.ts';
import { createFakeClock } from './testing/fake-clock.ts';

const GET: HttpRequest = { method: 'GET', path: '/v1/rooms', query: { limit: 5, after: undefined, q: 'a b' } };

function ports(kind: 'web' | 'native', answer: (url: string, init: RequestInit) => Promise<Response>) {
  const fetch = ((url: string, init: RequestInit) => answer(url, init)) as typeof globalThis.fetch;
  return { baseUrl: 'https://x.example', kind, fetch, clock: createFakeClock() };
}

test('sendOnce() sends path, query, token, body and the header that a foreign page cannot send', async () => {
  const seen: unknown[] = [];
  const answer = async (url: string, init: RequestInit): Promise<Response> => {
    seen.push([url, init.method, init.credentials, init.headers, init.body]);
    return new Response(null, { status: 204 });
  };
  assert.deepEqual(await sendOnce(ports('web', answer), GET, 't1'), { ok: true, value: undefined });
  const post: HttpRequest = { method: 'POST', path: '/v1/rooms', body: { name: 'x' }, idempotencyKey: 'k1' };
  await sendOnce(ports('native', answer), post, null);
  const accept = 'application/json, application/problem+json';
  assert.deepEqual(seen, [
    [
      'https://x.example/v1/rooms?limit=5&q=a+b',
      'GET',
      'include',
      { accept, 'x-parley-client': 'web', authorization: 'Bearer t1' },
      undefined,
    ],
    [
      'https://x.example/v1/rooms',
      'POST',
      'omit',
      { accept, 'x-parley-client': 'native', 'content-type': 'application/json', 'idempotency-key': 'k1' },
      '{"name":"x"}',
    ],
  ]);
});

test('sendOnce() turns problem+json into a problem with request id, fields and the wait in milliseconds', async () => {
  const body = {
    code: 'rate.limited',
    title: 'Too many requests',
    status: 429,
    detail: 'in this room',
    requestId: 'q1',
    errors: [{ pointer: '/text', message: 'no' }],
  };
  const answer = async (): Promise<Response> => Response.json(body, { status: 429, headers: { 'retry-after': '7' } });
  const outcome = await sendOnce(ports('web', answer), GET, null);
  assert.ok(!outcome.ok);
  const { status, code, title, detail, requestId, errors, retryAfterMs, message } = outcome.problem;
  assert.deepEqual(
    { status, code, title, detail, requestId, errors, retryAfterMs, message },
    { ...body, retryAfterMs: 7_000, message: 'Too many requests: in this room' },
  );
});

test('sendOnce() names what went wrong: no network, no answer in time, an answer that is no JSON', async () => {
  const codeOf = async (made: ReturnType<typeof ports>): Promise<string> => {
    const outcome = await sendOnce(made, GET, null);
    return outcome.ok ? 'ok' : outcome.problem.code;
  };
  assert.equal(await codeOf(ports('web', () => Promise.reject(new TypeError('failed')))), 'network.unreachable');
  assert.equal(await codeOf(ports('web', async () => new Response('<html>'))), 'response.unreadable');
  assert.equal(await codeOf(ports('web', async () => new Response('<html>', { status: 502 }))), 'response.unreadable');
  const silent = ports('web', (_, init) => {
    return new Promise((_resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  });
  const slow = codeOf(silent);
  await silent.clock.tick(15_000);
  assert.equal(await slow, 'network.timeout');
  assert.equal(silent.clock.pending(), 0);
});

test('sendOnce() rejects with the reason of its caller when that one aborts', async () => {
  const abort = new AbortController();
  const made = ports('web', () => {
    abort.abort(new Error('gone'));
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  });
  await assert.rejects(sendOnce(made, { ...GET, signal: abort.signal }, null), new Error('gone'));
});

test('createHttp() does not repeat a wrong password or code with another token', async () => {
  for (const [code, expected] of [
    ['auth.invalid_credentials', 1],
    ['auth.challenge_invalid', 1],
    ['auth.invalid_token', 2],
  ] as const) {
    const sent: string[] = [];
    const answer = async (_url: string, init: RequestInit): Promise<Response> => {
      sent.push(new Headers(init.headers).get('authorization') ?? '');
      return Response.json({ code, title: 'no', status: 401, requestId: 'q1' }, { status: 401 });
    };
    const tokens = {
      accessToken: async () => ({ ok: true, value: 't1' }) as const,
      replaceToken: async () => ({ ok: true, value: 't2' }) as const,
    };
    await createHttp(ports('web', answer), tokens).request({ method: 'POST', path: '/v1/auth/reauthenticate' });
    assert.equal(sent.length, expected, code);
  }
});

test('sendOnce() hands out a file unread when one is asked for', async () => {
  const answer = async (): Promise<Response> => new Response('{"a":1}\n{"a":2}\n');
  const outcome = await sendOnce<Blob>(ports('web', answer), { ...GET, answer: 'file' }, 't1');
  assert.equal(outcome.ok && (await outcome.value.text()), '{"a":1}\n{"a":2}\n');
});
