// Decides by cases C of the catalogue of attacks that a token has one spelling only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, makeHouse } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import type { TokenProblem } from './problems.ts';

type Case = readonly [name: string, token: string, problem: TokenProblem];
type PartIndex = 0 | 1 | 2;

const partIndexes: readonly PartIndex[] = [0, 1, 2];

/** The good token with one part changed; the signature is not made again. */
function changePart(house: House, at: PartIndex, change: (part: string) => string): string {
  return house
    .withHeader({})
    .split('.')
    .map((part, index) => (index === at ? change(part) : part))
    .join('.');
}

/** Characters that make the length 1 mod 4, which no bytes encode to. */
const oneTooMany = (part: string): string => part + 'A'.repeat((5 - (part.length % 4)) % 4);

/** Another spelling of the same bytes: the unused low bits of the last character are set. */
function dirty(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(part.at(-1) ?? '');
  return `${part.slice(0, -1)}${alphabet[last + 1]}`;
}

const textCases = (house: House): Case[] => {
  const good = house.withHeader({});
  const inserts = [' ', '\t', '\r', '\n', '\0', '?', '\u00e9', '\u{1f600}', '=', '+', '/', '%2E', ','];
  return [
    ...partIndexes.flatMap((at) => [
      ['33', changePart(house, at, (part) => `${part}=`), 'malformed'] as const,
      ['33', changePart(house, at, (part) => `${part}==`), 'malformed'] as const,
      ['37', changePart(house, at, oneTooMany), at === 1 ? 'signature' : 'encoding'] as const,
      ['38', changePart(house, at, () => ''), 'malformed'] as const,
      ...inserts.flatMap((insert) => [
        [
          '34, 35',
          changePart(house, at, (part) => `${part.slice(0, 5)}${insert}${part.slice(5)}`),
          'malformed',
        ] as const,
        ['34, 35', changePart(house, at, (part) => insert + part), 'malformed'] as const,
        ['34, 35', changePart(house, at, (part) => part + insert), 'malformed'] as const,
      ]),
    ]),
    ['38', '', 'malformed'],
    ['38', 'AA', 'malformed'],
    ['38', 'AA.AA', 'malformed'],
    ['38', '..', 'malformed'],
    ['38', `${good}.`, 'malformed'],
    ['38', `.${good}`, 'malformed'],
    ['38', `${good}.AA`, 'malformed'],
    ['38', '.'.repeat(4096), 'malformed'],
    ['38', '.'.repeat(1_000_000), 'too_long'],
    ['39', JSON.stringify({ payload: 'AA', protected: 'AA', signature: 'AA' }), 'malformed'],
    ['39', JSON.stringify({ payload: 'AA', signatures: [{ protected: 'AA', signature: 'AA' }] }), 'malformed'],
    ['39', `{"a":"${good}"}`, 'malformed'],
    ['46', good + 'A'.repeat(4097 - good.length), 'too_long'],
    ['46', 'A'.repeat(65_536), 'too_long'],
    ['46', 'A'.repeat(1_048_576), 'too_long'],
    ['50', good.replaceAll('.', '%2E'), 'malformed'],
  ];
};

const jsonTexts = (good: string): readonly (readonly [string, string])[] => [
  ['41', good.replace('{', '{"__proto__":{"role":"admin"},')],
  ['41', good.replace('{', '{"constructor":1,')],
  ['41', good.replace('{', String.raw`{"\u005f_proto__":1,`)],
  ['42 lone surrogate', good.replace('{', String.raw`{"note":"\ud800",`)],
  ['42 lone surrogate in a name', good.replace('{', String.raw`{"\udc00":1,`)],
  ['42 byte order mark', `\ufeff${good}`],
  ['43', '[]'],
  ['43', '"text"'],
  ['43', '1'],
  ['43', 'null'],
  ['43', ' '],
  ['44 comment', good.replace('{', '{/* */')],
  ['44 trailing comma', good.replace('}', ',}')],
  ['44 NaN', good.replace('{', '{"n":NaN,')],
  ['44 quotes', good.replaceAll('"', "'")],
  ['44 leading zero', good.replace('{', '{"n":01,')],
  ['44 two values', `${good}{}`],
  ['44 infinite', good.replace('{', '{"n":1e309,')],
  ['44 not exact', good.replace('{', '{"n":9007199254740993,')],
  ['45 depth 5', good.replace('{', '{"a":[[[[]]]],')],
  ['45 depth 1,000', good.replace('{', `{"a":${'['.repeat(999)}${']'.repeat(999)},`)],
];

const duplicates = (name: string, good: string): string[] => {
  const escaped = String.raw`\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
  const value = JSON.stringify(JSON.parse(good)[name]);
  return [
    good.replace('{', `{"${name}":${value},`),
    good.replace('{', `{"${escaped}":${value},`),
    good.replace(/\}$/, `,"${escaped}":${value}}`),
  ];
};

for (const alg of ['HS256', 'EdDSA'] as const) {
  const house = makeHouse(alg);
  const header = JSON.stringify(house.header);
  const claims = JSON.stringify(house.claims);

  for (const [name, token, problem] of textCases(house)) {
    test(`verify() refuses C ${name} with ${alg}: ${JSON.stringify(token.slice(0, 40))} of ${token.length}`, () => {
      assert.deepEqual(house.verify(token), { ok: false, problem });
    });
  }

  test(`verify() refuses C36 unused bits in each part with ${alg}`, () => {
    // Claims of any length mod 3, so that the last character has unused bits.
    const padded = [' ', '  ', '   '].map((space) => house.forge(header + space, claims + space));
    let tried = 0;
    for (const token of padded) {
      for (const at of partIndexes) {
        const parts = token.split('.');
        if (parts[at]!.length % 4 === 0) continue;
        parts[at] = dirty(parts[at]!);
        const result = house.verify(parts.join('.'));
        // A changed header or payload is refused by its spelling, or before it is decoded, by the signature.
        assert.deepEqual(result, { ok: false, problem: at === 1 ? 'signature' : 'encoding' });
        tried += 1;
      }
    }
    assert.ok(tried >= 7);
  });

  test(`verify() refuses C37 a payload of length 1 mod 4 that was signed that way with ${alg}`, () => {
    const token = house.signParts(encode(header), oneTooMany(encode(claims)));
    assert.deepEqual(house.verify(token), { ok: false, problem: 'encoding' });
  });

  test(`verify() refuses C36 unused bits in a payload that was signed that way with ${alg}`, () => {
    for (const space of [' ', '  ', '   ']) {
      const payload = encode(claims + space);
      if (payload.length % 4 === 0) continue;
      const signedAsSpelled = house.signParts(encode(header), dirty(payload));
      assert.deepEqual(house.verify(signedAsSpelled), { ok: false, problem: 'encoding' });
    }
  });

  test(`verify() refuses C40 duplicate members with ${alg}`, () => {
    for (const name of ['alg', 'kid', 'typ']) {
      for (const text of duplicates(name, header)) {
        assert.deepEqual(house.verify(house.forge(text, claims)), { ok: false, problem: 'json' }, text);
      }
    }
    for (const name of ['exp', 'sub', 'aud', 'iss']) {
      for (const text of duplicates(name, claims)) {
        assert.deepEqual(house.verify(house.forge(header, text)), { ok: false, problem: 'json' }, text);
      }
    }
  });

  test(`verify() refuses C41-C45 JSON that is not strict, in header and claims, with ${alg}`, () => {
    for (const [name, text] of jsonTexts(claims)) {
      assert.deepEqual(house.verify(house.forge(header, text)), { ok: false, problem: 'json' }, `${name} ${text}`);
    }
    for (const [name, text] of jsonTexts(header)) {
      const expected = text.length > 380 ? 'too_long' : 'json';
      assert.deepEqual(house.verify(house.forge(text, claims)), { ok: false, problem: expected }, `${name} ${text}`);
    }
    assert.equal(Reflect.get({}, 'role'), undefined);
  });

  test(`verify() refuses C42 other encodings with ${alg}`, () => {
    const invalidUtf8 = Buffer.concat([Buffer.from(claims.slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]);
    for (const [bytes, problem] of [
      [Buffer.from(claims, 'utf16le'), 'json'],
      [Buffer.from(`\ufeff${claims}`, 'utf16le'), 'encoding'],
      [invalidUtf8, 'encoding'],
      [Buffer.from([0xed, 0xa0, 0x80]), 'encoding'],
    ] as const) {
      assert.deepEqual(house.verify(house.forge(header, bytes)), { ok: false, problem });
    }
    assert.deepEqual(house.verify(house.forge(Buffer.from(header, 'utf16le'), claims)), { ok: false, problem: 'json' });
  });

  test(`verify() accepts C45 depth 4 and C46 a token of 4,096 bytes with ${alg}`, () => {
    assert.equal(house.verify(house.forge(header, claims.replace('{', '{"a":[[[]]],'))).ok, true);
    const size = house.withClaims({ note: '' }).length;
    const longest = house.withClaims({ note: 'x'.repeat(Math.floor(((3072 - size) * 3) / 4)) });
    assert.equal(house.verify(longest).ok, true);
  });

  test(`verify() refuses C46 a header above 512 and a payload above 3,072 bytes with ${alg}`, () => {
    for (const token of [house.withHeader({ x: 'x'.repeat(380) }), house.withClaims({ x: 'x'.repeat(2500) })]) {
      assert.ok(token.length < 4096);
      assert.deepEqual(house.verify(token), { ok: false, problem: 'too_long' });
    }
  });

  test(`verify() refuses C47 what is no text, without throwing, with ${alg}`, () => {
    for (const value of [undefined, null, 7, {}, [house.withHeader({})]]) {
      assert.deepEqual(Reflect.apply(house.verify, undefined, [value]), { ok: false, problem: 'malformed' });
    }
    for (const text of [`Bearer ${house.withHeader({})}`, `"${house.withHeader({})}"`]) {
      assert.deepEqual(house.verify(text), { ok: false, problem: 'malformed' });
    }
  });
}
