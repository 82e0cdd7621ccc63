// Checks which attestations are looked at: none that names certificates, whose addresses would be asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistrationResponse } from './passkey-responses.ts';
import { createPasskey } from './testing/authenticator.ts';

const options = { challenge: 'AAAA', rp: { id: 'parley.example' }, user: { id: 'dQ' } };

test('RegistrationResponse takes no attestation with certificates', () => {
  const passkey = createPasskey('https://parley.example');
  for (const [format, statement, expected] of [
    ['none', 'a0', true],
    // { alg: -7, sig: h'01' }: signed by the passkey itself.
    ['packed', 'a263616c6726637369674101', true],
    // { alg: -7, sig: h'01', x5c: [h'01'] }
    ['packed', 'a363616c672663736967410163783563814101', false],
    ['fido-u2f', 'a263736967410163783563814101', false],
    ['android-key', 'a0', false],
    ['android-safetynet', 'a0', false],
    ['tpm', 'a0', false],
    ['apple', 'a0', false],
  ] as const) {
    const attestation = { format, statement: Buffer.from(statement, 'hex') };
    const parsed = RegistrationResponse.safeParse(passkey.create(options, { attestation }));
    assert.equal(parsed.success, expected, `${format} ${statement}`);
  }
});
