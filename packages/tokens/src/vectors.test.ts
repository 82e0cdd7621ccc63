// Decides by the examples of the RFCs that the algorithms are the standard's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithms, thumbprint } from './algorithms.ts';
import { clockAt } from './forge.test-support.ts';
import { symmetricKey } from './hmac.ts';
import { createForeignVerifier } from './foreign-verify.ts';

// RFC 7515, A.1: the header and the claims have line breaks inside, and the key is 64 bytes.
const hs256Key = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
const hs256Input =
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.' +
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const hs256Signature = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

// RFC 8037, A.1, A.3 and A.4.
const edKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
const edInput = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
const edSignature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';

test('HS256 signs and verifies RFC 7515 A.1', () => {
  const { verifyWith } = symmetricKey(Buffer.from(hs256Key, 'base64url'));
  assert.equal(algorithms.HS256.sign(hs256Input, verifyWith).toString('base64url'), hs256Signature);
  assert.equal(algorithms.HS256.verify(hs256Input, Buffer.from(hs256Signature, 'base64url'), verifyWith), true);
});

test('createForeignVerifier() accepts RFC 7515 A.1 until its exp', () => {
  const secret = Buffer.from(hs256Key, 'base64url');
  const verifyAt = (seconds: number) =>
    createForeignVerifier(
      { hmacSecrets: [{ secret }], algorithms: ['HS256'] },
      clockAt(seconds),
    )(`${hs256Input}.${hs256Signature}`);
  assert.deepEqual(verifyAt(1300819379), {
    ok: true,
    kind: 'connection',
    claims: { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true },
    json: '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}',
  });
  assert.deepEqual(verifyAt(1300819380), { ok: false, problem: 'expired' });
});

test('EdDSA signs and verifies RFC 8037 A.4', () => {
  const imported = algorithms.EdDSA.fromJwk(edKey);
  assert.ok(imported.ok);
  const { signWith, verifyWith } = imported.key;
  assert.equal(algorithms.EdDSA.sign(edInput, signWith!).toString('base64url'), edSignature);
  assert.equal(algorithms.EdDSA.verify(edInput, Buffer.from(edSignature, 'base64url'), verifyWith), true);
});

test('thumbprint() gives that of RFC 8037 A.3 and of RFC 7638 3.1', () => {
  assert.equal(thumbprint(edKey), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  const rsaKey = {
    kty: 'RSA',
    n:
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
      'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn' +
      '1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  };
  assert.equal(thumbprint(rsaKey), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

test('thumbprint() refuses symmetric keys and missing members', () => {
  assert.throws(() => thumbprint({ kty: 'oct', k: hs256Key }), TypeError);
  assert.throws(() => thumbprint({ kty: 'OKP', crv: 'Ed25519' }), TypeError);
  assert.throws(() => thumbprint({ kty: 'constructor' }), TypeError);
});
