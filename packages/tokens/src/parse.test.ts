// Decides by properties that the parser takes each JSON text once and nothing that is ambiguous.
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeaderParser, decodePart, parseObject } from './parse.ts';

/** A member's name in JSON with every code unit escaped, or none. */
const spell = (name: string, isEscaped: boolean): string =>
  isEscaped
    ? `"${name.replaceAll(/[\s\S]/g, (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
    : JSON.stringify(name);

const anyValue = fc.jsonValue({ maxDepth: 2, noUnicodeString: false });
const safeNames = (value: unknown): boolean => !/"(?:__proto__|constructor|prototype)"/.test(JSON.stringify(value));
const exactNumbers = (value: unknown): boolean =>
  JSON.stringify(value)
    .split(/[^0-9.eE+-]+/)
    .every((text) => !Number.isInteger(Number(text)) || Number.isSafeInteger(Number(text)));

test('parseObject() gives what JSON.parse gives for objects without duplicates', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), anyValue),
      fc.integer({ min: 0, max: 4 }),
      (object, indent) => {
        fc.pre(safeNames(object) && exactNumbers(object));
        const text = JSON.stringify(object, null, indent);
        assert.deepEqual(parseObject(text, 16), { ok: true, value: JSON.parse(text) });
      },
    ),
    { numRuns: 1000 },
  );
});

test('parseObject() refuses a member that is named twice, at any place, depth and spelling', () => {
  const member = fc.tuple(fc.string({ minLength: 1 }), anyValue);
  fc.assert(
    fc.property(
      fc.array(member, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.boolean(),
      fc.nat(2),
      (members, pick, isEscaped, wraps) => {
        const unique = [...new Map(members)].filter(([name, value]) => safeNames([name, value]));
        fc.pre(unique.length > 0 && exactNumbers(unique));
        const parts = unique.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
        const [twice] = unique[pick % unique.length]!;
        const again = `${spell(twice, isEscaped)}:1`;
        const wrap = (text: string): string => `${'{"o":['.repeat(wraps)}${text}${']}'.repeat(wraps)}`;
        assert.equal(parseObject(wrap(`{${parts.join(',')}}`), 16).ok, true);
        assert.deepEqual(parseObject(wrap(`{${[...parts, again].join(',')}}`), 16), { ok: false, problem: 'json' });
        assert.deepEqual(parseObject(wrap(`{${[again, ...parts].join(',')}}`), 16), { ok: false, problem: 'json' });
      },
    ),
    { numRuns: 1000 },
  );
});

test('parseObject() never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(typeof parseObject(text, 4).ok, 'boolean');
    }),
    { numRuns: 2000 },
  );
  for (const text of ['['.repeat(1_000_000), `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`, '"'.repeat(99)]) {
    assert.deepEqual(parseObject(text, 4), { ok: false, problem: 'json' });
  }
});

test('decodePart() takes a text exactly when it is the one spelling of its bytes', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (const last of alphabet)
    for (const before of ['', 'e', 'e3', 'e30', 'e30k', 'e30kI', 'e30kIC']) {
      const part = before + last;
      const bytes = Buffer.from(part, 'base64url');
      const isTheSpelling = bytes.toString('base64url') === part && isUtf8(bytes);
      assert.equal(decodePart(part), isTheSpelling ? bytes.toString() : undefined, part);
    }
});

test('createHeaderParser() gives the last good header again, and what it refused is refused again', () => {
  const parse = createHeaderParser();
  const [one, other] = ['{"alg":"HS256"}', '{"alg":"none"}'].map((text) => Buffer.from(text).toString('base64url'));
  const broken = Buffer.from('{"alg":"HS256","alg":"none"}').toString('base64url');
  for (let turn = 0; turn < 2; turn += 1) {
    assert.deepEqual(parse(one ?? '', 4), { ok: true, value: { alg: 'HS256' } });
    assert.deepEqual(parse(one ?? '', 4), { ok: true, value: { alg: 'HS256' } });
    assert.deepEqual(parse(one ?? '', 0), { ok: false, problem: 'json' });
    assert.deepEqual(parse(broken, 4), { ok: false, problem: 'json' });
    assert.deepEqual(parse(other ?? '', 4), { ok: true, value: { alg: 'none' } });
  }
});
