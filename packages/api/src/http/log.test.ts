// Checks what a log line can and cannot hold.
import assert from 'node:assert/strict';
import test from 'node:test';
import { safeText } from './log.ts';
import { captureLog } from './testing/platform.ts';
import { traceIdOf } from './trace.ts';

test('createLog() cuts secrets out of the first three levels and keeps the rest', () => {
  const { log, lines, text } = captureLog();
  const secret = 'canary';
  log.info(
    {
      password: secret,
      headers: { authorization: secret, cookie: secret, 'set-cookie': secret, host: 'h' },
      request: { body: { deep: secret }, query: { token: secret, refreshToken: secret } },
      user: { email: secret, password_hash: secret, id: 'u1' },
    },
    'said',
  );
  assert.equal(text().includes(secret), false);
  const [line] = lines();
  assert.deepEqual(line?.['user'], { email: '[redacted]', password_hash: '[redacted]', id: 'u1' });
  assert.equal(line?.['level'], 'info');
  assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('createLog() prints an error with its cause and code, and none of its other members', () => {
  const { log, lines } = captureLog();
  const cause = Object.assign(new Error('lost\nline'), { code: 'ECONNRESET', detail: 'canary', query: 'canary' });
  log.error({ err: new Error('failed', { cause }) }, 'request failed');
  const err = lines()[0]?.['err'] as { message: string; cause: Record<string, unknown> };
  assert.equal(err.message, 'failed');
  assert.deepEqual(Object.keys(err.cause), ['name', 'message', 'code', 'stack']);
  assert.equal(err.cause['message'], 'lost?line');
  assert.equal(JSON.stringify(lines()).includes('canary'), false);
});

// identity 2.2: 131
test('safeText() leaves one line of bounded length without control or direction characters', () => {
  assert.equal(safeText('a\r\nb\u001b[31m\u202ec\u2028d\u0000'), 'a??b?[31m?c?d?');
  assert.equal(safeText('x'.repeat(1_000_000)).length, 256);
});

test('traceIdOf() takes a well-formed traceparent only', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const cases = [
    [`00-${trace}-b7ad6b7169203331-01`, trace],
    [`00-${trace.toUpperCase()}-b7ad6b7169203331-01`, undefined],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
    [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
    [`00-${trace}-b7ad6b7169203331-01-x`, undefined],
    [['a', 'b'], undefined],
    [undefined, undefined],
  ] as const;
  for (const [header, expected] of cases) assert.equal(traceIdOf(header), expected, String(header));
});
