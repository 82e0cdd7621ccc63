// Decides by very many mutated tokens, judged by us and by jose, that nothing passes which only we would let pass.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { askJose } from './ask-jose.test-support.ts';
import { encode, makeHouse } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import { fuzzDisagreements } from './fuzz-disagreements.test-support.ts';
import type { Loose } from './fuzz-disagreements.test-support.ts';

const runs = Number(process.env['PARLEY_FUZZ_RUNS'] ?? 3_000);
const seed = Number(process.env['PARLEY_FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** A small generator of numbers from 0 below 1, the same for the same seed. */
function createRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = createRandom(seed);
const upTo = (end: number): number => Math.floor(random() * end);
const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length)]!;

const letters = Array.from('ABCxyz019-_.=+/ ~%"{}:,\n\0é');
const values: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  1,
  -1,
  1.5,
  2 ** 53,
  1e300,
  '',
  'x',
  'none',
  'HS256',
  'at+jwt',
  [],
  ['parley:api'],
  ['parley:api', 'x'],
  {},
  { a: 1 },
  [[[[1]]]],
  '\ud800',
  'a a',
  'x'.repeat(70),
  'x'.repeat(600),
];
const times = [-931, -930, -901, -900, -31, -30, -29, -1, 0, 1, 29, 30, 31, 870, 899, 900, 901, 930, 931];
const names = [
  'alg',
  'typ',
  'kid',
  'crit',
  'b64',
  'jwk',
  'jku',
  'x5c',
  'zip',
  'cty',
  'enc',
  'exp',
  'note',
  '__proto__',
];
const claimNames = [
  'iss',
  'aud',
  'sub',
  'jti',
  'iat',
  'exp',
  'nbf',
  'sid',
  'uv',
  'role',
  'scope',
  'client_id',
  'channel',
  'note',
];

function editText(text: string): string {
  const at = upTo(text.length);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  return oneOf([
    () => before + oneOf(letters) + after,
    () => before + oneOf(letters) + after.slice(1),
    () => before + after.slice(1 + upTo(6)),
    () => before + String.fromCharCode(text.charCodeAt(at) ^ (1 << upTo(8))) + after.slice(1),
    () => before + after.slice(0, 3) + after,
    () => after + before,
  ])();
}

const withMember = (object: object, name: string, value: unknown): string => {
  const text = JSON.stringify({ ...object, [name]: value });
  // The same member twice, or reaching for a prototype.
  return random() < 0.1 ? text.replace('{', `{"${name}":${JSON.stringify(value) ?? 'null'},`) : text;
};

/** Ways to make a bad token out of a good one; those that sign hold the key. */
const signedWays: ((house: House) => string)[] = [
  (house) => house.forge(withMember(house.header, oneOf(names), oneOf(values)), house.claims),
  (house) => house.forge(house.header, withMember(house.claims, oneOf(claimNames), oneOf(values))),
  (house) =>
    house.forge(house.header, withMember(house.claims, oneOf(['iat', 'exp', 'nbf']), house.claims.iat + oneOf(times))),
  (house) => house.forge(house.header, editText(JSON.stringify(house.claims))),
  (house) => house.forge(editText(JSON.stringify(house.header)), house.claims),
  (house) => house.signParts(editText(encode(house.header)), encode(house.claims)),
  (house) => house.signParts(encode(house.header), editText(encode(house.claims))),
];
const goodTokens = new Map<Algorithm, string>();
const goodOf = (house: House): string => {
  const known = goodTokens.get(house.alg) ?? house.withHeader({});
  goodTokens.set(house.alg, known);
  return known;
};
const houses = algorithmNames.map((alg) => makeHouse(alg));
const unsignedWays: ((house: House) => string)[] = [
  (house) => editText(goodOf(house)),
  (house) => editText(editText(goodOf(house))),
  (house) => {
    const [mine, other] = [goodOf(house).split('.'), goodOf(oneOf(houses)).split('.')];
    return mine.map((part, at) => (random() < 0.5 ? part : other[at])).join('.');
  },
  (house) => {
    const text = goodOf(house).replaceAll('.', '');
    const [first, second] = [upTo(text.length), upTo(text.length)].toSorted((left, right) => left - right);
    return `${text.slice(0, first)}.${text.slice(first, second)}.${text.slice(second)}`;
  },
];

/** A token, mostly of algorithms that sign quickly: an RSA signature takes as long as all the rest. */
function makeToken(): { house: House; token: string } {
  const isSigned = random() < 0.6;
  const quick = houses.filter(({ alg }) => !isSigned || random() < 0.02 || !/^[RP]S/.test(alg));
  const house = oneOf(quick);
  return { house, token: oneOf(isSigned ? signedWays : unsignedWays)(house) };
}

function readLoosely(token: string): Loose {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { token, header: JSON.parse(header), claims: JSON.parse(claims), texts: [header, claims] };
}

test(`verify() accepts nothing that jose refuses, in ${runs} mutated tokens, and refuses more for listed reasons only (seed ${seed})`, async (context) => {
  const counts = { ours: 0, theirs: 0, disagreements: new Map<string, number>() };
  for (let at = 0; at < runs; at += 1) {
    const { house, token } = makeToken();
    const ours = house.verify(token);
    const theirs = await askJose(house, token);
    counts.ours += ours.ok ? 1 : 0;
    counts.theirs += theirs ? 1 : 0;
    const shown = `run ${at}, seed ${seed}, ${house.alg}: ${JSON.stringify(token)}`;
    if (ours.ok) assert.ok(theirs, `accepted by us alone: ${shown}`);
    else if (theirs) {
      const known = fuzzDisagreements.find(
        ({ problems, isSo }) => problems.includes(ours.problem) && isSo(readLoosely(token), house),
      );
      assert.ok(known !== undefined, `${ours.problem}, accepted by jose, for no listed reason: ${shown}`);
      counts.disagreements.set(known.reason, (counts.disagreements.get(known.reason) ?? 0) + 1);
    }
  }
  assert.ok(counts.ours > 0 && counts.theirs > counts.ours);
  context.diagnostic(
    `${runs} tokens: ${counts.ours} harmless changes accepted by both, ${counts.theirs - counts.ours} by jose alone`,
  );
});
