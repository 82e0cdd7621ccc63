import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern } from './pattern.ts';
import type { Pattern } from './pattern.ts';

function compile(source: string): Pattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.reason}`);
  return compiled.pattern;
}

const matches = (source: string, text: string): boolean => compile(source).match(text) !== undefined;

test('compilePattern() is unanchored unless it says so, as MatchString is', () => {
  for (const [source, text, expected] of [
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['b$', 'abc', false],
    ['^abc$', 'abc', true],
    [String.raw`\Aabc\z`, 'abc', true],
    [String.raw`\Aabc\z`, 'abc\n', false],
    ['', 'anything', true],
    ['(?i)ABC', 'xabcx', true],
    ['ABC', 'abc', false],
  ] as const) {
    assert.equal(matches(source, text), expected, `${source} ${text}`);
  }
});

test('compilePattern() reads RE2 and not what the platform makes of the same text', () => {
  for (const [source, text, expected] of [
    ['^.$', '\r', true], // the platform excludes four line ends, RE2 one
    ['^.$', '\u2028', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    [String.raw`^\s$`, '\u00a0', false], // ASCII only
    [String.raw`^\s$`, '\v', false],
    [String.raw`^[\s]$`, '\t', true],
    [String.raw`^\S$`, '\u00a0', true],
    ['^[]a]+$', ']a', true], // a bracket that comes first is a member
    ['^[^]a]$', ']', false],
    ['^{a}$', '{a}', true], // no repetition: literal braces
    [String.raw`^https:\/\/a\-b\.c$`, 'https://a-b.c', true],
    [String.raw`^a\_b$`, 'a_b', true],
    [String.raw`^\x41\x{1F600}$`, 'A\u{1f600}', true],
    [String.raw`^\p{Lu}$`, 'Ä', true],
    ['^[[a]$', '[', true],
    ['^a{2,3}?$', 'aaa', true],
    [String.raw`^\d\w\D\W$`, '1_a-', true],
  ] as const) {
    assert.equal(matches(source, text), expected, `${source} ${JSON.stringify(text)}`);
  }
});

test('compilePattern() gives the texts of named groups in both spellings', () => {
  const pattern = compile('^https://(?P<tenant>one|two)\\.example/(?<realm>[a-z]+)(?P<rest>/x)?$');
  assert.deepEqual(pattern.match('https://one.example/main'), { tenant: 'one', realm: 'main' });
  assert.equal(pattern.match('https://three.example/main'), undefined);
  assert.deepEqual(pattern.groups, [
    { name: 'tenant', alternatives: ['one', 'two'] },
    { name: 'realm', alternatives: undefined },
    { name: 'rest', alternatives: ['/x'] },
  ]);
});

test('compilePattern() calls a group literal only if it is', () => {
  for (const [body, expected] of [
    ['a', ['a']],
    [String.raw`a\.b|c-d`, ['a.b', 'c-d']],
    ['a|', undefined],
    ['a.b', undefined],
    ['[ab]', undefined],
    ['a+', undefined],
    ['a?', undefined],
    [String.raw`\w`, undefined],
    [String.raw`a\d|b`, undefined],
    ['(?:a|b)', undefined],
    ['a{2}', undefined],
    ['^a', undefined],
  ] as const) {
    assert.deepEqual(compile(`(?P<x>${body})`).groups, [{ name: 'x', alternatives: expected }], body);
  }
  assert.deepEqual(compile('(?i)(?P<x>a|b)').groups, [{ name: 'x', alternatives: undefined }]);
});

test('compilePattern() refuses what RE2 does not know, and what the platform would read otherwise', () => {
  for (const source of [
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(?<!a)b',
    String.raw`(a)\1`,
    String.raw`(?<x>a)\k<x>`,
    '(?m)^a',
    '(?U)a*',
    'a(?i)b',
    '(?i:a)',
    '[[:alpha:]]',
    String.raw`\Qa.b\E`,
    String.raw`\C`,
    String.raw`\pL`,
    String.raw`[\S]`,
    String.raw`\p{^Lu}`,
    'a**',
    '*a',
    '(',
    ')',
    '(?P<x>a',
    '[a',
    'a{1001}',
    'a{2,1}',
    '(?P<x>a)(?P<x>b)',
    '(?P<x>a(?P<x>b))',
    '(?P<1>a)',
    '\\',
    'a'.repeat(4097),
  ]) {
    assert.equal(compilePattern(source).ok, false, source.slice(0, 30));
  }
});

test('compilePattern() tells which expressions a stranger may not slow down', () => {
  for (const [source, expected] of [
    ['^https://(?P<t>one|two)\\.example/[a-z]+$', true],
    ['^https?://a', true],
    ['^(a|b)$', true],
    ['(a+)+$', false],
    ['(a|a)*$', false],
    ['(a?){30}b', false],
    ['.*a.*', false],
    ['((a|b)c)+', false],
    ['a?'.repeat(9), false],
  ] as const) {
    assert.equal(compile(source).isQuick, expected, source);
  }
});

test('compilePattern() tells with which power of the length the time of a match may grow', () => {
  for (const [source, expected] of [
    ['^[0-9]+$', 1],
    ['[0-9]+', 2],
    ['^a|b+', 2],
    ['^[a-z]+_[a-z]+_[a-z]+$', 3],
    ['^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', 0],
    ['^([a-f]{2}){3}$', 0],
    ['^[a-z]{1,64}$', 1],
    ['^(a+)+$', Infinity],
    ['^(a{1,2}){30}$', Infinity],
    [`^${'a?'.repeat(9)}$`, Infinity],
  ] as const) {
    assert.equal(compile(source).power, expected, source);
  }
});

test('match() does not look at more than 512 characters', () => {
  assert.equal(matches('^a', 'a'.repeat(512)), true);
  assert.equal(matches('^a', 'a'.repeat(513)), false);
});

test('compilePattern() never throws, and finds in any text what was quoted for it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      (source, text) => {
        const compiled = compilePattern(source);
        if (compiled.ok) compiled.pattern.match(text);
      },
    ),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), (text) => {
      const quoted = text.replaceAll(/[^A-Za-z0-9]/g, String.raw`\$&`);
      assert.deepEqual(compile(`^(?P<all>${quoted})$`).match(text), { all: text });
    }),
  );
});
