// Decides by cases C of the catalogue of attacks that a token has one spelling only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import { dirty, duplicates, jsonTexts, oneTooMany, partIndexes, textCases } from './catalogue.test-support.ts';
import { encode, makeHouse } from './forge.test-support.ts';

for (const alg of algorithmNames) {
  const house = makeHouse(alg);
  const header = JSON.stringify(house.header);
  const claims = JSON.stringify(house.claims);

  for (const [name, token, problem] of textCases(house)) {
    // identity 2.2: 33-35, 37-39, 46, 50
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
    const hasUnusedBits = house.withHeader({}).split('.')[2]!.length % 4 !== 0;
    assert.equal(tried, hasUnusedBits ? 7 : 4);
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
    for (const token of [house.withHeader({ x: 'x'.repeat(380) }), house.withClaims({ x: 'x'.repeat(2100) })]) {
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
