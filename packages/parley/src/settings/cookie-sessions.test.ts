// Checks which settings accept the sessions of an older system, and until when.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCookieSessions } from './cookie-sessions.ts';

function read(mode: string | undefined, cookie = 'connect.sid', url = 'https://old.example.org/whoami') {
  const values: Record<string, string | undefined> = {
    SESSION_AUTH: mode,
    SESSION_AUTH_COOKIE: cookie,
    SESSION_AUTH_URL: url,
  };
  const problems: { name: string; message: string }[] = [];
  const made = readCookieSessions((name) => values[name], problems);
  return { until: made.cookieSessions?.until, refused: problems.map(({ name }) => name) };
}

test('readCookieSessions() is off unless asked for, and ends with the day or at the second', () => {
  const cases: [string | undefined, number | null | undefined][] = [
    [undefined, undefined],
    ['off', undefined],
    ['on', null],
    ['until 2026-12-31', Date.UTC(2027, 0, 1)],
    ['until 2026-12-31T12:00:00Z', Date.UTC(2026, 11, 31, 12)],
  ];
  for (const [mode, until] of cases) assert.deepEqual(read(mode), { until, refused: [] }, String(mode));
});

test('readCookieSessions() refuses by name what it does not understand', () => {
  for (const mode of ['yes', 'until', 'until tomorrow', 'until 2026-02-30', 'until 2026-13-01', 'until 31.12.2026'])
    assert.deepEqual(read(mode).refused, ['SESSION_AUTH'], mode);
  for (const cookie of ['', 'a b', 'a=b', 'a;b', '__Host-rt', 'rt'])
    assert.deepEqual(read('on', cookie).refused, ['SESSION_AUTH_COOKIE'], cookie);
  const urls = ['', 'old', 'ftp://old', 'http://old.example.org/x', 'https://u:p@old.example.org', 'https://a/#b'];
  for (const url of urls) assert.deepEqual(read('on', 'sid', url).refused, ['SESSION_AUTH_URL'], url);
  for (const url of ['http://localhost:3000/me', 'http://127.0.0.1/me', 'http://older_app:3000/me'])
    assert.deepEqual(read('on', 'sid', url).refused, [], url);
});
