// Checks the canonical forms of addresses, names and passwords.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { canonicalEmail, canonicalName, canonicalPassword, isSameMailbox } from './normalise.ts';

test('canonicalEmail() brings every spelling of one address to one key', () => {
  const spellings = [
    'kim@example.org',
    ' KIM@Example.ORG ',
    'kİm@example.org',
    'kım@example.org',
    '\u212aim@example.org',
    'kim\uff20example.org',
    'ｋｉｍ@ｅｘａｍｐｌｅ.org',
  ];
  for (const spelling of spellings) assert.equal(canonicalEmail(spelling)?.key, 'kim@example.org', spelling);
  assert.equal(canonicalEmail('ſam@example.org')?.key, 'sam@example.org');
  assert.equal(canonicalEmail('a@bücher.de')?.key, 'a@xn--bcher-kva.de');
  assert.equal(canonicalEmail(' Kim@Example.org ')?.email, 'Kim@Example.org');
  assert.notEqual(canonicalEmail('kim+a@example.org')?.key, 'kim@example.org');
});

test('canonicalEmail() keeps apart what the name service keeps apart: a look-alike domain has another owner', () => {
  assert.equal(canonicalEmail('kim@gıthub.example')?.key, 'kim@xn--gthub-n4a.example');
  assert.equal(canonicalEmail('kim@straße.de')?.key, 'kim@xn--strae-oqa.de');
  assert.equal(canonicalEmail('kim@\u212a.org')?.key, 'kim@k.org');
  assert.equal(canonicalEmail('kim@example\u3002org')?.key, 'kim@example.org');
});

test('isSameMailbox() takes case for nothing, and letters that are only alike for a doubt', () => {
  assert.equal(isSameMailbox(' Kim@Example.org', 'kim@example.org'), true);
  assert.equal(isSameMailbox('Ame\u0301lie@example.org', 'amélie@example.org'), true);
  for (const alike of ['kım@example.org', 'kİm@example.org', 'ｋim@example.org'])
    assert.equal(isSameMailbox(alike, 'kim@example.org'), false, alike);
});

test('canonicalEmail() refuses what is no address or wants to be taken for another', () => {
  const wrong = [
    '',
    'kim',
    '@example.org',
    'kim@',
    'kim@a@b',
    'kim\uff20a@b',
    'ki m@example.org',
    'ki\u0000m@example.org',
    'ki\u202em@example.org',
    'ki\u200bm@example.org',
    'k\ud800@example.org',
    'аdmin@example.org', // a Cyrillic first letter
    `${'a'.repeat(250)}@b.de`,
    'kim@ex ample.org',
    // The parser of host names would make example.org of each.
    'kim@example.org/x',
    'kim@example.org?x',
    'kim@example.org#x',
    'kim@example.org\\x',
    'kim@%65xample.org',
    'kim@example.org.',
    'kim@[::1]',
  ];
  for (const text of wrong) assert.equal(canonicalEmail(text), undefined, JSON.stringify(text));
});

test('canonicalEmail() is its own canonical form', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.string({ unit: 'binary' }).map((text) => `${text}@b.de`),
      ),
      (text) => {
        const once = canonicalEmail(text);
        if (once !== undefined) assert.equal(canonicalEmail(once.key)?.key, once.key);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('canonicalName() composes and refuses what disturbs other names', () => {
  assert.equal(canonicalName(' Ame\u0301lie '), 'Amélie');
  assert.equal(canonicalName('👩‍👧'), '👩‍👧');
  assert.equal(canonicalName('می\u200cخواهم'), 'می\u200cخواهم');
  for (const name of ['\u200b\u200b', '\u3164', '\uffa0', '\u2800', '\u0301', '\u200d\ufe0f', 'a\u2028b'])
    assert.equal(canonicalName(name), undefined, JSON.stringify(name));
  for (const name of ['', '  ', 'a\u0000b', 'a\nb', 'a\u202eb', 'a\u2066b', 'a\udfffb'])
    assert.equal(canonicalName(name), undefined, JSON.stringify(name));
});

test('canonicalPassword() composes, keeps spaces and NUL, refuses half characters and too many bytes', () => {
  assert.equal(canonicalPassword('e\u0301 '), 'é ');
  assert.equal(canonicalPassword('a\u0000b'), 'a\u0000b');
  assert.equal(canonicalPassword('a\ud800'), undefined);
  assert.equal(canonicalPassword('a'.repeat(1_024))?.length, 1_024);
  assert.equal(canonicalPassword('a'.repeat(1_025)), undefined);
  assert.equal(canonicalPassword('é'.repeat(513)), undefined);
});
