// Checks which cookie requests count as made by our own page.
import assert from 'node:assert/strict';
import test from 'node:test';
import { csrfRefusal } from './csrf.ts';

const origins = new Set(['https://parley.example']);

test('csrfRefusal() passes our own page and names what is wrong with any other', () => {
  const ours = { 'content-type': 'application/json; charset=utf-8', 'x-parley-client': 'web' };
  const cases = [
    ['POST', { ...ours, 'sec-fetch-site': 'same-origin' }, undefined],
    ['POST', { ...ours, origin: 'https://parley.example' }, undefined],
    ['POST', { ...ours, 'sec-fetch-site': 'cross-site', origin: 'https://parley.example' }, 'foreign site'],
    ['POST', { ...ours, 'sec-fetch-site': 'same-site' }, 'foreign site'],
    ['POST', { ...ours, origin: 'https://parley.example.evil' }, 'foreign origin'],
    ['POST', { ...ours, origin: 'null' }, 'foreign origin'],
    ['POST', ours, 'no origin'],
    ['POST', { ...ours, 'sec-fetch-site': 'same-origin', 'x-parley-client': '' }, 'no custom header'],
    ['POST', { ...ours, 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' }, 'content type'],
    ['POST', { ...ours, 'sec-fetch-site': 'same-origin', 'content-type': 'application/jsonp' }, 'content type'],
    ['POST', { ...ours, 'sec-fetch-site': 'same-origin', 'x-http-method-override': 'PUT' }, 'method override'],
    ['GET', { ...ours, 'sec-fetch-site': 'same-origin' }, 'safe method'],
  ] as const;
  for (const [method, headers, expected] of cases)
    assert.equal(csrfRefusal({ method, headers }, origins), expected, `${method} ${JSON.stringify(headers)}`);
});
