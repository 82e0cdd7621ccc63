import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigSources, Field } from './fields.ts';
import { duration, flag, integer, port } from './fields.ts';
import { textMap } from './field-map.ts';
import { pem } from './field-pem.ts';

function valueOf<T>(field: Field<T>, value: unknown, sources: ConfigSources = {}): T | string {
  const reading = field.read(value, sources);
  return reading.ok ? reading.value : reading.problem;
}

const certificate = '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n';

test('pem() takes the text, base64 of it, or the path of a file', () => {
  const long = certificate.repeat(2);
  const sources = {
    readFile(path: string) {
      if (path === '/etc/x.pem') return certificate;
      throw new Error(`no file ${path}`);
    },
  };
  assert.equal(valueOf(pem('x'), certificate), certificate);
  assert.equal(valueOf(pem('x'), Buffer.from(long).toString('base64')), long);
  assert.equal(valueOf(pem('x'), '/etc/x.pem', sources), certificate);
  assert.equal(valueOf(pem('x'), ''), '');
  const refused = 'is neither PEM text nor base64 of it, nor a file with PEM text that can be read';
  assert.equal(valueOf(pem('x'), '/etc/y.pem', sources), refused);
  assert.equal(valueOf(pem('x'), '/etc/x.pem'), refused);
  assert.equal(valueOf(pem('x'), 5), 'must be PEM text, base64 of it, or the path of a file');
});

test('textMap() takes an object or pairs, and fills variables', () => {
  const sources = { variables: { CENTRIFUGO_VAR_KEY: 'canary', CENTRIFUGO_VAR_EMPTY: '', HOME: '/root' } };
  for (const [value, expected] of [
    [{ 'X-Key': 'k ${CENTRIFUGO_VAR_KEY}' }, { 'X-Key': 'k canary' }],
    [[{ key: 'X-Key', value: '${CENTRIFUGO_VAR_KEY}' }], { 'X-Key': 'canary' }],
    [{ a: '${HOME}' }, { a: '${HOME}' }],
    [
      { a: '${CENTRIFUGO_VAR_GONE} ${CENTRIFUGO_VAR_EMPTY}' },
      'needs the environment variable CENTRIFUGO_VAR_GONE, CENTRIFUGO_VAR_EMPTY, which is not set',
    ],
    [{ a: 1 }, 'must be an object of texts, or a list of {"key": …, "value": …}'],
    [[{ key: 'a' }], 'must be an object of texts, or a list of {"key": …, "value": …}'],
  ] as const) {
    assert.deepEqual(valueOf(textMap('x'), value, sources), expected);
  }
});

test('flag(), integer() and port() take what a file or the environment writes', () => {
  assert.deepEqual(
    ['true', 'T', '1', 'false', '0', true].map((value) => valueOf(flag('x'), value)),
    [true, true, true, false, false, true],
  );
  assert.deepEqual(
    ['yes', 1, 'ja'].map((value) => valueOf(flag('x'), value)),
    Array.from({ length: 3 }, () => 'must be true or false'),
  );
  assert.deepEqual([valueOf(integer('x'), '12'), valueOf(integer('x'), 12)], [12, 12]);
  for (const value of ['', '1.5', '1e3', -1, 1.5, Number.NaN]) {
    assert.equal(valueOf(integer('x'), value), 'must be a whole number of at least 0');
  }
  assert.deepEqual(
    ['8000', 0, 65_536].map((value) => valueOf(port('x', 1), value)),
    [8_000, 0, 'must be a port from 0 to 65535'],
  );
});

test('duration() refuses a plain number below a millisecond: it counts nanoseconds', () => {
  const wanted = 'must be a duration such as "25s" or "720h"';
  for (const [value, expected] of [
    [25, wanted],
    [25_000_000, 25],
    [0, 0],
    ['1h30m', 5_400_000],
    ['.5s', 500],
    ['1µs', 1],
    ['-1s', wanted],
    ['1', wanted],
    ['', wanted],
    ['1s1', wanted],
  ] as const) {
    assert.equal(valueOf(duration('x'), value), expected, String(value));
  }
});
