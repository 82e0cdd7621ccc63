// Checks how the refresh cookie is read.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readRefreshCookie } from './cookies.ts';

test('readRefreshCookie() finds exactly one cookie of exactly its name', () => {
  const secure = { secureCookies: true, refreshIdleLife: 1 };
  const loopback = { secureCookies: false, refreshIdleLife: 1 };
  const absent = { kind: 'absent' };
  const found = { kind: 'token', token: 'rt_x' };
  const cases = [
    [secure, ['Cookie', 'a=1; __Host-rt=rt_x; b=2'], found],
    [secure, ['cookie', '__Host-rt=rt_x'], found],
    [secure, ['Cookie', 'rt=rt_x'], absent],
    [loopback, ['Cookie', '__Host-rt=rt_x'], absent],
    [loopback, ['Cookie', 'rt=rt_x; art=y; rt2=z'], found],
    [secure, ['Cookie', '__Host-rt=rt_x; __Host-rt=rt_y'], { kind: 'several' }],
    [secure, ['Cookie', '__Host-rt=rt_x', 'Cookie', '__Host-rt=rt_x'], { kind: 'several' }],
    [secure, ['X-Cookie', '__Host-rt=rt_x'], absent],
    [secure, [], absent],
  ] as const;
  for (const [config, headers, expected] of cases) assert.deepEqual(readRefreshCookie(config, headers), expected);
});
