import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawJson, readRawJson, sliceElements, sliceMember } from './raw-json.ts';
import type { Json } from './server-api.ts';

const spaces = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

/** JSON text of a value with arbitrary space between the tokens. */
function spaced(value: unknown, space: string): string {
  if (Array.isArray(value))
    return `[${space}${value.map((item) => spaced(item, space)).join(`${space},${space}`)}${space}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${space}${JSON.stringify(name)}${space}:${space}${spaced(member, space)}${space}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

test('sliceMember() cuts out text that means what JSON.parse finds there, on one line', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), spaces, (object, space) => {
      const text = space + spaced(object, space) + space;
      for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
        const slice = sliceMember(text, [name]);
        assert.ok(slice !== undefined, `${name} of ${text}`);
        assert.deepEqual(JSON.parse(slice), value);
        assert.doesNotMatch(slice, /[\r\n]/);
      }
    }),
    { numRuns: 500 },
  );
});

test('sliceElements() cuts out one text for each element', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), spaces, (values, space) => {
      const slices = sliceElements(readRawJson(spaced(values, space))!);
      assert.deepEqual(
        slices.map((slice) => JSON.parse(slice) as unknown),
        JSON.parse(spaced(values, space)),
      );
    }),
    { numRuns: 500 },
  );
});

test('sliceMember() takes the last of equal names, escaped ones included, as JSON.parse does', () => {
  for (const [text, expected] of [
    ['{"data":1,"data":2}', '2'],
    ['{"data":1,"d\\u0061ta":2}', '2'],
    ['{"d\\u0061ta":[1, 2]}', '[1, 2]'],
    ['{"x":{"data":1},"data":"\\\\\\"}"}', '"\\\\\\"}"'],
    ['{"data":-1.5e+10}', '-1.5e+10'],
    ['{"other":1}', undefined],
  ] as const) {
    assert.equal(sliceMember(text, ['data']), expected, text);
  }
});

test('sliceMember() follows a path and finds nothing below what is no object', () => {
  assert.equal(sliceMember('{"publish":{"data":[1]}}', ['publish', 'data']), '[1]');
  assert.equal(sliceMember('{"publish":[{"data":1}]}', ['publish', 'data']), undefined);
  assert.equal(sliceMember('[1]', ['data']), undefined);
});

test('readRawJson() takes exactly one JSON value', () => {
  for (const [text, expected] of [
    [' {"a":\n1}\r\n', '{"a":1}'],
    ['12345678901234567890', '12345678901234567890'],
    ['{}{}', undefined],
    ['', undefined],
    ['undefined', undefined],
    ['"line\nbreak"', undefined],
  ] as const) {
    assert.equal(readRawJson(text), expected, text);
  }
});

test('rawJson() refuses what has no JSON form', () => {
  assert.throws(() => rawJson(undefined as unknown as Json), TypeError);
});
