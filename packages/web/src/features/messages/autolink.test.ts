// Decides that links are found where people see them, and never lead anywhere else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { autolink } from './autolink.ts';

const links = (text: string) => autolink(text).flatMap((part) => (part.kind === 'link' ? [part.text] : []));

test('autolink() leaves the punctuation of the sentence outside the link', () => {
  for (const [text, expected] of [
    ['see https://example.org/a.', ['https://example.org/a']],
    ['(https://example.org/a)', ['https://example.org/a']],
    ['https://example.org/wiki/A_(b), and', ['https://example.org/wiki/A_(b)']],
    ['HTTP://EXAMPLE.ORG and https://b.example?x=1&y=2!', ['HTTP://EXAMPLE.ORG', 'https://b.example?x=1&y=2']],
    ['no address here: example.org', []],
  ] as const)
    assert.deepEqual(links(text), expected, text);
});

test('autolink() links to http and https only, and to no address that hides its host', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,hello',
    'ftp://example.org/',
    'https://bank.example@evil.example/',
    'https://',
    'javascript://https//x',
  ])
    assert.deepEqual(links(text), [], text);
  // A direction override would show the end of the address somewhere else.
  assert.deepEqual(links('https://example.org/\u202egnp.exe'), ['https://example.org/']);
});

test('autolink() loses no character, whatever the text', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('https://', 'http://a.b/', ')', '(', '.', ' ', '\n', '@'),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      assert.equal(
        autolink(text)
          .map((part) => part.text)
          .join(''),
        text,
      );
      for (const part of autolink(text)) if (part.kind === 'link') assert.match(part.href, /^https?:\/\//);
    }),
  );
});
