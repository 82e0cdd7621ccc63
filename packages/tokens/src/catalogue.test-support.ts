// Decides the tokens of cases A to D of the catalogue of attacks, for the tests of the verifier and of the HTTP door.
import { algorithmNames } from './algorithm.ts';
import { encode } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import type { TokenProblem } from './problems.ts';

/** A case by its numbers, its token, and why that is refused. */
export type Case = readonly [name: string, token: string, problem: TokenProblem];

const unsigned = (house: House, header: object): string => `${encode(header)}.${encode(house.claims)}.`;

/** Cases A1 to A5, A9 and A12. */
export function algorithmCases(house: House): Case[] {
  const { header } = house;
  const noneNames = ['none', 'None', 'NONE', 'nOnE', 'none ', 'none\u0000'];
  return [
    ...noneNames.map((alg): Case => ['1, 2 empty signature', unsigned(house, { ...header, alg }), 'malformed']),
    ...noneNames.map((alg): Case => ['3 signature attached', house.withHeader({ alg }), 'algorithm']),
    ...[undefined, null, 0, ['HS256'], { alg: 'HS256' }, ''].map((alg): Case => [
      '4 no text',
      house.withHeader({ alg }),
      'algorithm',
    ]),
    ['5 empty object', house.forge({}, house.claims), 'algorithm'],
    ...['[]', '"HS256"', '1', 'null'].map((text): Case => ['5 no object', house.forge(text, house.claims), 'json']),
    ...['hs256', 'Hs256', 'eddsa', 'EDDSA', 'HS256 ', 'ES256K', 'RS1', 'HS1', 'RS512', 'ES512', 'Ed25519'].map(
      (alg): Case => ['9, 12 not in the list', house.withHeader({ alg }), 'algorithm'],
    ),
    ...algorithmNames
      .filter((alg) => alg !== house.alg)
      .map((alg): Case => ['8, 10, 11, 13 of another key', house.withHeader({ alg }), 'algorithm']),
  ];
}

/** Cases B: headers that point elsewhere. */
export function pointerCases(house: House): Case[] {
  const kids = [
    '../../dev/null',
    '/dev/null',
    '..%2f',
    '\0',
    'x'.repeat(65),
    "' OR 1=1--",
    '*)(uid=*',
    '$(id)',
    'https://a.example',
    '__proto__',
    'constructor',
    'toString',
    '',
    house.key.kid.toUpperCase(),
    `${house.key.kid} `,
    house.key.kid.replace(/^./, '\uff21'),
  ];
  const members = [
    { jwk: { kty: 'oct', k: 'AAAA' } },
    { jku: 'http://127.0.0.1:9/jwks' },
    { x5u: 'http://169.254.169.254/' },
    { jku: 'file:///etc/passwd' },
    { x5c: ['MIIB'] },
    ...[['exp'], [], 'exp', ['exp', 'exp'], ['unknown']].map((crit) => ({ crit, exp: 1 })),
    { b64: false },
    { b64: false, crit: ['b64'] },
    { cty: 'JWT' },
    { zip: 'DEF' },
    { enc: 'A256GCM' },
  ];
  return [
    ...members.map((member): Case => ['17-20, 27, 28, 30, 31', house.withHeader(member), 'header']),
    ...kids.map((kid): Case => ['21, 22, 26', house.withHeader({ kid }), 'unknown_key']),
    ...[undefined, 7, [house.key.kid], null].map((kid): Case => ['23', house.withHeader({ kid }), 'unknown_key']),
    ['24', house.withHeader({ kid: 'not-in-the-ring' }), 'unknown_key'],
    ...[undefined, 'JWT', 'conn+jwt', 'sub+jwt', 'text/at+jwt', 'application/application/at+jwt', 7, ''].map(
      (typ): Case => ['29', house.withHeader({ typ }), 'typ'],
    ),
    ['32 five parts', `${house.withHeader({})}.e30.AA`, 'malformed'],
    ['32 PBES2', `${encode({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31, enc: 'A128GCM' })}.AA.AA.AA.AA`, 'malformed'],
  ];
}

/** A part of a token. */
export type PartIndex = 0 | 1 | 2;

/** The three parts of a token. */
export const partIndexes: readonly PartIndex[] = [0, 1, 2];

/** The good token with one part changed; the signature is not made again. */
function changePart(house: House, at: PartIndex, change: (part: string) => string): string {
  return house
    .withHeader({})
    .split('.')
    .map((part, index) => (index === at ? change(part) : part))
    .join('.');
}

/** Characters that make the length 1 mod 4, which no bytes encode to. */
export const oneTooMany = (part: string): string => part + 'A'.repeat((5 - (part.length % 4)) % 4);

/** Another spelling of the same bytes: the unused low bits of the last character are set. */
export function dirty(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(part.at(-1) ?? '');
  return `${part.slice(0, -1)}${alphabet[last + 1]}`;
}

/** Cases C33 to C39, C46 and C50: the text of the token. */
export const textCases = (house: House): Case[] => {
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

/** Cases C41 to C45: texts made from the JSON of a part that are not strict. */
export const jsonTexts = (good: string): readonly (readonly [string, string])[] => [
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

/** Case C40: the JSON of a part with one member twice, also by escape. */
export const duplicates = (name: string, good: string): string[] => {
  const escaped = String.raw`\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
  const value = JSON.stringify(JSON.parse(good)[name]);
  return [
    good.replace('{', `{"${name}":${value},`),
    good.replace('{', `{"${escaped}":${value},`),
    good.replace(/\}$/, `,"${escaped}":${value}}`),
  ];
};

/** Cases D51 to D64 and E68: members of the claims that a good token has not. */
export function claimCases({
  claims,
}: House): readonly (readonly [name: string, members: object, problem: TokenProblem])[] {
  const { iss, iat: now } = claims;
  return [
    ['51 no exp', { exp: undefined }, 'claims'],
    ...['9999999999', '2027-01-15T08:00:00Z', true, null, {}, [now]].map(
      (exp) => ['52 exp is no number', { exp }, 'claims'] as const,
    ),
    ...[now + 0.5, 1.5, -1, 0, 2 ** 40].map((exp) => ['53 exp out of range', { exp }, 'claims'] as const),
    ...[2 ** 53, 2 ** 63].map((exp) => ['53 exp not exact', { exp }, 'json'] as const),
    ['56 no iat', { iat: undefined }, 'claims'],
    ['57 one second too long', { exp: now + 901 }, 'lifetime'],
    ['57 ends before it begins', { iat: now + 10, exp: now + 9 }, 'lifetime'],
    ['57 ends as it begins', { exp: now }, 'lifetime'],
    ['60 no aud', { aud: undefined }, 'claims'],
    ...['', 7, null, [7], ['parley:api', null]].map((aud) => ['60 aud of a wrong type', { aud }, 'claims'] as const),
    ...['parley', 'parley:ap', 'parley:api ', 'parley:api:x', 'PARLEY:API', 'parley:realtime'].map(
      (aud) => ['60 another aud', { aud }, 'audience'] as const,
    ),
    ['60 ours and another', { aud: ['parley:api', 'other'] }, 'audience'],
    ['60 ours twice', { aud: ['parley:api', 'parley:api'] }, 'audience'],
    ['60 nobody', { aud: [] }, 'audience'],
    ['60 very many', { aud: Array.from({ length: 400 }, () => 'a') }, 'audience'],
    ['60 far too many', { aud: Array.from({ length: 10_000 }, () => 'a') }, 'too_long'],
    ...[`${iss}/`, iss.toUpperCase(), 'https://parley', 'https://other.example', `${iss}.evil.example`].map(
      (iss) => ['61 another iss', { iss }, 'issuer'] as const,
    ),
    ...[undefined, [iss], '', 7].map((iss) => ['61 iss of a wrong type', { iss }, 'claims'] as const),
    ...[undefined, '', 7, null, ['user-1']].map((sub) => ['62 sub', { sub }, 'claims'] as const),
    ...[undefined, ['rooms:read'], 'a a', 'a  b', ' a', 'a ', 'a"b', 'a\tb', 7].map(
      (scope) => ['63 scope', { scope }, 'claims'] as const,
    ),
    ['63 65 scopes', { scope: Array.from({ length: 65 }, (_, at) => `s${at}`).join(' ') }, 'claims'],
    ...[undefined, '', 7, ['admin']].map((role) => ['64 role', { role }, 'claims'] as const),
    ...[undefined, -1, 1.5, '3', null].map((uv) => ['64 uv', { uv }, 'claims'] as const),
    ...[undefined, '', 'x'.repeat(65), 'a b', '../x', 7].flatMap((id) => [
      ['1.15 jti', { jti: id }, 'claims'] as const,
      ['1.15 sid', { sid: id }, 'claims'] as const,
    ]),
    ...['channel', 'channels', 'expire_at', 'mid'].map(
      (name) => ['68 claim of another kind', { [name]: 'x' }, 'claims'] as const,
    ),
  ];
}
