// Checks one-time codes against the vectors of RFC 6238, and their window.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTotpSecret, totpStep, totpUri } from './totp.ts';

// RFC 6238, appendix B, SHA-1: the secret is "12345678901234567890"; the last six of its eight digits.
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test('totpStep() knows the codes of RFC 6238', () => {
  for (const [seconds, code, step] of [
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [1_111_111_111, '050471', 37_037_037],
    [1_234_567_890, '005924', 41_152_263],
    [2_000_000_000, '279037', 66_666_666],
    [20_000_000_000, '353130', 666_666_666],
  ] as const)
    assert.equal(totpStep(secret, code, seconds * 1_000), step, code);
});

test('totpStep() takes the steps beside the present one and no others', () => {
  const at = 1_111_111_111_000;
  for (const [offset, expected] of [
    [-61, undefined],
    [-30, 37_037_037],
    [0, 37_037_037],
    [30, 37_037_037],
    [61, undefined],
  ] as const)
    assert.equal(totpStep(secret, '050471', at + offset * 1_000), expected, String(offset));
});

test('totpStep() takes six digits only', () => {
  for (const code of ['', '50471', '0050471', '05047l', '+50471', '０５０４７１', '050471\n'])
    assert.equal(totpStep(secret, code, 1_111_111_111_000), undefined, JSON.stringify(code));
});

test('totpUri() names what apps need', () => {
  const made = makeTotpSecret();
  assert.match(made, /^[A-Z2-7]{32}$/);
  assert.equal(
    totpUri(secret, { site: 'parley.example', email: 'ada@example.org' }),
    `otpauth://totp/parley.example:ada%40example.org?issuer=parley.example&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  );
});
