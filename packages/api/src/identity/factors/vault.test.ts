// Checks that what is encrypted at rest opens for its owner only, and with older keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSecretKeys, type SecretKeys } from '@parley/tokens';
import { openSecret, sealSecret } from './vault.ts';

const keys = generateSecretKeys();

test('sealSecret() hides the text, and openSecret() gives it to its owner only', () => {
  const box = sealSecret(keys, { text: 'JBSWY3DP', owner: 'ada' });
  assert.equal(box.includes('JBSWY3DP'), false);
  assert.equal(box.split('.')[0], keys.current('vault').kid);
  assert.notEqual(box, sealSecret(keys, { text: 'JBSWY3DP', owner: 'ada' }));
  assert.equal(openSecret(keys, { box, owner: 'ada' }), 'JBSWY3DP');
  assert.equal(openSecret(keys, { box, owner: 'bob' }), undefined);
});

test('openSecret() refuses boxes that were changed, cut or made with other keys', () => {
  const box = sealSecret(keys, { text: 'JBSWY3DP', owner: 'ada' });
  const at = box.indexOf('.') + 1;
  for (let bit = 0; bit < 8; bit++) {
    const bytes = Buffer.from(box.slice(at), 'base64url');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ (1 << bit), bytes.length - 1);
    const changed = `${box.slice(0, at)}${bytes.toString('base64url')}`;
    assert.equal(openSecret(keys, { box: changed, owner: 'ada' }), undefined);
  }
  for (const bad of ['', '.', 'x.y', box.slice(0, at), box.slice(0, at + 20), box.slice(at)])
    assert.equal(openSecret(keys, { box: bad, owner: 'ada' }), undefined, bad);
  assert.equal(openSecret(generateSecretKeys(), { box, owner: 'ada' }), undefined);
});

test('openSecret() opens what a retired key has sealed', () => {
  const box = sealSecret(keys, { text: 'JBSWY3DP', owner: 'ada' });
  const newer = generateSecretKeys();
  const rotated: SecretKeys = { ...newer, find: (ring, kid) => newer.find(ring, kid) ?? keys.find(ring, kid) };
  assert.equal(openSecret(rotated, { box, owner: 'ada' }), 'JBSWY3DP');
});
