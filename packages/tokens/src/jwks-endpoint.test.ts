import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEndpoint } from './jwks-endpoint.ts';
import type { ReadEndpoint } from './jwks-endpoint.ts';
import { compilePattern } from './pattern.ts';

function read(template: string, sources: readonly string[] = [], given: object = {}): ReadEndpoint {
  const patterns = sources.map((source) => {
    const compiled = compilePattern(source);
    if (!compiled.ok) throw new Error(compiled.reason);
    return compiled.pattern;
  });
  return readEndpoint(template, { patterns, allowHttp: false, skipSafetyCheck: false, ...given });
}

const textOf = (given: ReadEndpoint): string => (given.ok ? 'accepted' : given.text);

test('readEndpoint() takes https addresses, and http only when it is allowed', () => {
  const good = read('https://idp.example/keys?a=1');
  assert.equal(good.ok && good.endpoint.isTemplate, false);
  assert.equal(good.ok && good.endpoint.fill({}), 'https://idp.example/keys?a=1');
  for (const bad of [
    'http://idp.example/',
    'file:///etc/passwd',
    'idp.example',
    '',
    'https://a:b@idp.example/',
    'data:,a',
  ]) {
    assert.match(textOf(read(bad)), /^has to be an https address/, bad);
  }
  assert.equal(read('http://idp.example/', [], { allowHttp: true }).ok, true);
  assert.equal(read('ftp://idp.example/', [], { allowHttp: true }).ok, false);
});

test('readEndpoint() fills placeholders from groups that are a choice of literal texts', () => {
  const template = 'https://{{tenant}}.example/{{realm}}/keys';
  const good = read(template, ['^https://(?P<tenant>one|two)\\.', '^(?P<realm>a|b)$']);
  assert.ok(good.ok);
  assert.equal(good.endpoint.isTemplate, true);
  assert.equal(good.endpoint.fill({ tenant: 'two', realm: 'a' }), 'https://two.example/a/keys');
  assert.equal(good.endpoint.fill({ tenant: 'two' }), undefined);
});

test('readEndpoint() refuses groups that let a token choose, unless told otherwise', () => {
  const template = 'https://{{tenant}}.example/keys';
  for (const source of ['(?P<tenant>[a-z]+)', '(?P<tenant>.*)', '(?P<tenant>a|.)', '(?i)(?P<tenant>a)']) {
    assert.match(textOf(read(template, [source])), /tokens that nobody has verified yet; make the group/, source);
    assert.equal(read(template, [source], { skipSafetyCheck: true }).ok, true, source);
  }
  const open = read('https://{{host}}/', ['(?P<host>.*)'], { skipSafetyCheck: true });
  assert.ok(open.ok);
  for (const host of ['a@b', 'a:b@c', '', ' ']) assert.equal(open.endpoint.fill({ host }), undefined, host);
});

test('readEndpoint() refuses placeholders without a group, groups of one name, and slow expressions', () => {
  assert.match(textOf(read('https://{{x}}.example/')), /"x", which is no named group/);
  assert.match(textOf(read('https://{{x}}.example/', ['(?P<y>a)'])), /"x", which is no named group/);
  assert.match(textOf(read('https://{{x}}.example/', ['(?P<x>a)', '(?P<x>b)'])), /must not name a group alike/);
  assert.match(textOf(read('https://{{x}}.example/', ['(?P<x>a)(b+)+'])), /simpler expressions/);
  assert.equal(read('https://idp.example/', ['(b+)+']).ok, true);
});
