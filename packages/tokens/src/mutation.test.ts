// Decides by random and exhaustive mutation, and beside another library, that only the signed token passes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encode, issuer, makeHouse, nowSeconds } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import { askJose } from './ask-jose.test-support.ts';
import { joseDisagreements } from './jose-disagreements.test-support.ts';

const houses = [makeHouse('HS256'), makeHouse('EdDSA')];

for (const house of houses) {
  const good = house.withHeader({});

  test(`verify() refuses every flipped bit and every changed, dropped or doubled character with ${house.alg}`, () => {
    for (let at = 0; at < good.length; at += 1) {
      const [before, character, after] = [good.slice(0, at), good[at]!, good.slice(at + 1)];
      const mutants = [before + after, before + character + character + after, good.slice(0, at), good.slice(at + 1)];
      for (let bit = 0; bit < 8; bit += 1) {
        mutants.push(before + String.fromCharCode(character.charCodeAt(0) ^ (1 << bit)) + after);
      }
      for (const mutant of mutants) assert.equal(house.verify(mutant).ok, false, `${at} ${mutant}`);
    }
  });

  test(`verify() refuses every other split of the parts with ${house.alg}`, () => {
    const letters = good.replaceAll('.', '');
    for (let first = 0; first <= letters.length; first += 7) {
      for (let second = first; second <= letters.length; second += 11) {
        const mutant = `${letters.slice(0, first)}.${letters.slice(first, second)}.${letters.slice(second)}`;
        if (mutant !== good) assert.equal(house.verify(mutant).ok, false, mutant);
      }
    }
  });

  test(`verify() refuses random edits of a good token, and never throws, with ${house.alg}`, () => {
    const edit = fc.record({
      at: fc.nat(good.length),
      drop: fc.nat(8),
      insert: fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.base64String({ maxLength: 8 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const mutant = edits.reduce(
          (text, { at, drop, insert }) => text.slice(0, at) + insert + text.slice(at + drop),
          good,
        );
        assert.equal(house.verify(mutant).ok, mutant === good);
      }),
      { numRuns: 5000 },
    );
  });

  test(`verify() never throws for random claims that are signed, and passes only complete ones, with ${house.alg}`, () => {
    const names = Object.keys(house.claims);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const result = house.verify(house.withClaims({ [name]: value }));
        if (result.ok) assert.deepEqual(typeof value, typeof house.claims[name], `${name} ${JSON.stringify(value)}`);
      }),
      { numRuns: 1000 },
    );
  });
}

/** Headers with one thing changed, by name. */
function changedHeaders(house: House): [string, object][] {
  return [
    ['typ JWT', { typ: 'JWT' }],
    ['typ missing', { typ: undefined }],
    ['typ upper case', { typ: 'AT+JWT' }],
    ['typ long form', { typ: 'application/at+jwt' }],
    ['alg none', { alg: 'none' }],
    ['alg lower case', { alg: house.alg.toLowerCase() }],
    ['alg missing', { alg: undefined }],
    ['kid missing', { kid: undefined }],
    ['kid unknown', { kid: 'other' }],
    ['kid number', { kid: 7 }],
    ['crit', { crit: ['exp'], exp: 1 }],
    ['crit empty', { crit: [] }],
    ['b64', { b64: false }],
    ['b64 critical', { b64: false, crit: ['b64'] }],
    ['zip', { zip: 'DEF' }],
    ['jwk', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['jku', { jku: 'https://a.example' }],
    ['x5c', { x5c: ['AAAA'] }],
    ['cty', { cty: 'JWT' }],
    ['header member unknown', { note: 1 }],
  ];
}

/** Claims with one thing changed, by name. */
function changedClaims(): [string, object][] {
  const exp = nowSeconds + 900;
  return [
    ...['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'sid', 'uv', 'role', 'scope', 'client_id'].map(
      (name): [string, object] => [`${name} missing`, { [name]: undefined }],
    ),
    ['exp text', { exp: String(exp) }],
    ['exp fraction', { exp: exp - 0.5 }],
    ['exp past', { iat: nowSeconds - 500, exp: nowSeconds - 30 }],
    ['exp just in leeway', { iat: nowSeconds - 500, exp: nowSeconds - 29 }],
    ['exp before iat', { iat: nowSeconds + 20, exp: nowSeconds + 10 }],
    ['life too long', { exp: exp + 1 }],
    ['iat ahead', { iat: nowSeconds + 31, exp }],
    ['iat ahead in leeway', { iat: nowSeconds + 30, exp }],
    ['iat fraction', { iat: nowSeconds - 0.5 }],
    ['nbf ahead', { nbf: nowSeconds + 31 }],
    ['nbf ahead in leeway', { nbf: nowSeconds + 30 }],
    ['nbf text', { nbf: 'x' }],
    ['aud other', { aud: 'parley:realtime' }],
    ['aud list of ours', { aud: ['parley:api'] }],
    ['aud list with another', { aud: ['parley:api', 'other'] }],
    ['iss slash', { iss: `${issuer}/` }],
    ['iss list', { iss: [issuer] }],
    ['sub empty', { sub: '' }],
    ['sub number', { sub: 7 }],
    ['jti number', { jti: 7 }],
    ['scope list', { scope: ['a'] }],
    ['scope twice', { scope: 'a a' }],
    ['channel', { channel: 'chat:1' }],
    ['claim unknown', { note: 1 }],
    ['claim too deep', { note: [[[[1]]]] }],
    ['claim not exact', { note: 2 ** 53 }],
    ['claim lone surrogate', { note: '\ud800' }],
    ['claims above 3,072 bytes', { note: 'x'.repeat(2500) }],
  ];
}

/** Signed tokens with one thing changed each, by name; unsigned changes come on top. */
function corpus(house: House): [name: string, token: string][] {
  const text = JSON.stringify(house.claims);
  const raw: [string, string][] = [
    ['claim twice', text.replace('{', '{"role":"admin",')],
    ['claim twice by escape', text.replace('{', String.raw`{"\u0072ole":"admin",`)],
    ['claim __proto__', text.replace('{', '{"__proto__":{},')],
    ['byte order mark', `\ufeff${text}`],
    ['white space', ` ${text}\n`],
    ['claims list', `[${text}]`],
    ['claims null', 'null'],
    ['trailing comma', text.replace('}', ',}')],
  ];
  const good = house.withHeader({});
  const [header, payload] = good.split('.') as [string, string];
  // One byte more than a multiple of three: four unused bits, and two characters of padding.
  const unusedBits = encode(`${text}${' '.repeat((4 - (text.length % 3)) % 3)}`);
  return [
    ['good', good],
    ...changedHeaders(house).map(([name, members]): [string, string] => [name, house.withHeader(members)]),
    ...changedClaims().map(([name, members]): [string, string] => [name, house.withClaims(members)]),
    ...raw.map(([name, part]): [string, string] => [name, house.forge(house.header, part)]),
    ['header twice', house.forge(JSON.stringify(house.header).replace('{', '{"typ":"at+jwt",'), house.claims)],
    ['signature of unused bits', good.slice(0, -1) + nextLetter(good)],
    ['padding signed', house.signParts(header, `${unusedBits}==`)],
    ['payload of unused bits signed', house.signParts(header, unusedBits.slice(0, -1) + nextLetter(unusedBits))],
    ['line break signed', house.signParts(header, `${payload}\n`)],
    ['line break after', `${good}\n`],
    ['blank before', ` ${good}`],
    ['padding after', good + '='.repeat(house.alg === 'HS256' ? 1 : 2)],
    ['four parts', `${good}.AA`],
    ['no signature', `${header}.${payload}.`],
  ];
}

/** The letter after the last one of a part: the same bytes where that letter has unused bits. */
function nextLetter(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(part.at(-1)!) + 1]!;
}

for (const house of houses) {
  test(`verify() and jose disagree about exactly the listed tokens with ${house.alg}`, async () => {
    const disagreements: string[] = [];
    for (const [name, token] of corpus(house)) {
      const [ours, theirs] = [house.verify(token).ok, await askJose(house, token)];
      if (ours !== theirs) disagreements.push(`${name}: ${ours ? 'we accept' : 'jose accepts'}`);
    }
    assert.deepEqual(disagreements.toSorted(), joseDisagreements.map(({ token }) => token).toSorted());
  });

  test(`verify() and jose agree about random edits with ${house.alg}, but for spelling`, async () => {
    const good = house.withHeader({});
    const edit = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...'ABCxyz019-_.=+/ \n'.split('')));
    await fc.assert(
      fc.asyncProperty(edit, async ([at, letter]) => {
        const mutant = good.slice(0, at) + letter + good.slice(at + 1);
        const [ours, theirs] = [house.verify(mutant).ok, await askJose(house, mutant)];
        const isOtherSpelling = Buffer.from(mutant.split('.').at(-1)!, 'base64url').equals(
          Buffer.from(good.split('.').at(-1)!, 'base64url'),
        );
        assert.ok(ours === theirs || (!ours && isOtherSpelling), mutant);
      }),
      { numRuns: 500 },
    );
  });
}
