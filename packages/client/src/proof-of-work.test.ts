// Checks that a solved challenge holds under another SHA-256, and that a page stays alive meanwhile.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { solveProofOfWork } from './proof-of-work.ts';

const challenge = {
  kind: 'sha256',
  puzzle: 'AbCdEfGhIjKlMnOpQrStUv',
  seal: 'seal',
  parts: 8,
  bits: 13,
  expiresAt: '2026-01-01T00:00:00.000Z',
} as const;

test('solveProofOfWork() finds for each part the first number that solves it', async () => {
  let pauses = 0;
  const proof = await solveProofOfWork(challenge, () => {
    pauses++;
    return Promise.resolve();
  });
  const [seal, ...numbers] = proof.split('.');
  assert.equal(seal, 'seal');
  assert.equal(numbers.length, 8);
  const zeros = (part: number, number: number): number =>
    Math.clz32(createHash('sha256').update(`${challenge.puzzle}.${part}.${number}`).digest().readUInt32BE(0));
  let hashes = 0;
  for (const [part, number] of numbers.map(Number).entries()) {
    assert.ok(zeros(part, number) >= 13, `part ${part}`);
    for (let earlier = 0; earlier < number; earlier++) assert.ok(zeros(part, earlier) < 13, `part ${part} ${earlier}`);
    hashes += number;
  }
  assert.equal(pauses, Math.floor(hashes / 10_000));
});

test('solveProofOfWork() refuses what it cannot solve', async () => {
  for (const strange of [{ puzzle: 'ä' }, { puzzle: 'x'.repeat(41) }, { bits: 31 }])
    await assert.rejects(solveProofOfWork({ ...challenge, ...strange }), TypeError);
});
