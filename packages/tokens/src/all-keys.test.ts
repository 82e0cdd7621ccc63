import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import { parseAllKeys, serialiseAllKeys } from './all-keys.ts';
import { generateKeyrings } from './key-file.ts';
import { generateKey } from './keyring.ts';
import { generateSecretKey, generateSecretKeys } from './secret-keys.ts';

const text = serialiseAllKeys({ rings: generateKeyrings('HS256'), secretKeys: generateSecretKeys() });

test('parseAllKeys() reads back all six rings, under every algorithm, with the times of the keys', () => {
  for (const alg of algorithmNames) {
    const rings = generateKeyrings('EdDSA');
    rings.access.replace([{ ...generateKey(alg, 'current'), since: 1_800_000_000 }, generateKey('ES256', 'next')]);
    const secretKeys = generateSecretKeys();
    const pepper = [{ ...generateSecretKey('current'), since: 7 }, generateSecretKey('retired')];
    secretKeys.replace(
      new Map([
        ['device', secretKeys.keys('device')],
        ['pepper', pepper],
        ['vault', secretKeys.keys('vault')],
      ]),
    );
    const written = serialiseAllKeys({ rings, secretKeys });
    const read = parseAllKeys(written);
    assert.ok(read.ok, alg);
    assert.equal(serialiseAllKeys(read), written);
    assert.equal(read.rings.access.current()?.since, 1_800_000_000);
    assert.equal(read.secretKeys.current('pepper').since, 7);
  }
});

test('parseAllKeys() refuses E70 a secret of a token ring that has another use, and says what else is wrong', () => {
  const change = (edit: (file: Record<string, { keys: Record<string, unknown>[] }>) => void): string => {
    const file = JSON.parse(text);
    edit(file);
    return JSON.stringify(file);
  };
  const shared = change((file) => (file.vault!.keys[0]!.k = file.access!.keys[0]!.k));
  assert.deepEqual(parseAllKeys(shared), { ok: false, problem: 'duplicate_key', where: 'two rings' });
  assert.deepEqual(parseAllKeys(change((file) => delete file.vault)), {
    ok: false,
    problem: 'missing_ring',
    where: 'vault',
  });
  assert.deepEqual(parseAllKeys(change((file) => delete file.access)), {
    ok: false,
    problem: 'missing_ring',
    where: 'access',
  });
  assert.deepEqual(parseAllKeys(change((file) => (file.other = { keys: [] }))), {
    ok: false,
    problem: 'unknown_ring',
    where: 'the file',
  });
  assert.deepEqual(parseAllKeys('{'), { ok: false, problem: 'not_json', where: 'the file' });
  const undated = change((file) => (file.access!.keys[0]!.since = 'now'));
  assert.deepEqual(parseAllKeys(undated), { ok: false, problem: 'bad_state', where: 'access.keys[0]' });
});
