import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSecrets } from './secrets.ts';

const find = (path: string, text: string): string[] =>
  checkSecrets([{ path, text }]).map((finding) => `${finding.line} ${finding.message}`);

test('checkSecrets() finds the host of a registry in npm files only', () => {
  const message = 'the lock file names the host of a registry; it must hold for every registry';
  const line = '"resolved": "https://registry.example/a/-/a-1.0.0.tgz",';
  assert.deepEqual(find('package-lock.json', `{\n${line}\n}`), [`2 ${message}`]);
  assert.deepEqual(find('package-lock.json', '"resolved": "packages/api",'), []);
  assert.deepEqual(find('docs/a.md', line), []);
  assert.deepEqual(find('.npmrc', 'registry=https://registry.example'), [
    '1 the host of a registry belongs to the machine',
  ]);
  assert.deepEqual(find('.npmrc', '//registry.example/:_authToken=abc'), ['1 a registry login belongs to the machine']);
});

test('checkSecrets() finds the paths of one machine', () => {
  for (const folder of ['work', 'home', 'root', 'Users']) {
    assert.deepEqual(
      find('docs/a.md', `see /${folder}/someone/file.txt`),
      ['1 an absolute path of one machine'],
      folder,
    );
  }
  for (const text of ['https://example.com/home/page/', 'the path /v1/rooms/7', './work/in/progress']) {
    assert.deepEqual(find('docs/a.md', text), [], text);
  }
});

test('checkSecrets() finds private keys and access keys', () => {
  const dashes = '-'.repeat(5);
  assert.deepEqual(find('a.pem', `${dashes}BEGIN PRIVATE KEY${dashes}`), ['1 a private key']);
  assert.deepEqual(find('a.pem', `x\n${dashes}BEGIN EC PRIVATE KEY${dashes}`), ['2 a private key']);
  assert.deepEqual(find('a.pem', `${dashes}BEGIN PUBLIC KEY${dashes}`), []);
  assert.deepEqual(find('a.ts', `const key = '${'AKIA'}ABCDEFGHIJKLMNOP';`), ['1 an access key']);
});
