// Decides by cases A, B, C and F of the catalogue of attacks that tokens of others open no door that our own do not.
import assert from 'node:assert/strict';
import { constants, createHmac, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { clockAt, encode, nowSeconds } from './forge.test-support.ts';
import { jwkOf, pairs, pemOf } from './foreign-keys.test-support.ts';
import type { PairAlgorithm } from './foreign-keys.test-support.ts';
import { createForeignTokens } from './foreign-tokens.ts';
import type { ForeignVerified } from './foreign-verify.ts';
import type { ForeignProblem } from './problems.ts';

const secret = Buffer.from('secret');
const claims = { sub: '42', exp: nowSeconds + 60 };
const kids: readonly PairAlgorithm[] = ['RS256', 'ES256', 'ES384', 'EdDSA'];

/** Keys of a JWK set, each under the name of its algorithm, and which addresses were fetched. */
function house() {
  const fetched: string[] = [];
  const created = createForeignTokens(
    { jwksPublicEndpoint: 'https://idp.example/keys' },
    {
      clock: clockAt(nowSeconds),
      fetchText: (url) => {
        fetched.push(url);
        return Promise.resolve(JSON.stringify({ keys: kids.map((kid) => jwkOf(kid, { kid })) }));
      },
    },
  );
  assert.ok(created.ok);
  const { verify } = created;
  return { verify: async (token: string): Promise<ForeignVerified> => verify(token), fetched };
}

const digests: Readonly<Record<string, string>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
};

/** A signature by the platform, in the form that `alg` asks for. */
function rawSignature(alg: PairAlgorithm, input: string, key: KeyObject = pairs[alg].privateKey): Buffer {
  return sign(digests[alg] ?? null, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

function forge(header: object, signer: (input: string) => Uint8Array): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${Buffer.from(signer(input)).toString('base64url')}`;
}

async function expectProblem(token: string, problem: ForeignProblem, name = ''): Promise<void> {
  assert.deepEqual(await house().verify(token), { ok: false, problem }, name);
}

test('createForeignTokens() accepts the tokens that the cases are made from', async () => {
  for (const alg of kids) {
    const verified = await house().verify(forge({ alg, kid: alg }, (input) => rawSignature(alg, input)));
    assert.equal(verified.ok, true, alg);
  }
});

test('createForeignTokens() refuses A6, A7 HMAC under any text of a public key of the set', async () => {
  for (const kid of kids) {
    const pem = pemOf(pairs[kid].publicKey);
    const der = pairs[kid].publicKey.export({ type: 'spki', format: 'der' });
    for (const key of [pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), ` ${pem}`, JSON.stringify(jwkOf(kid)), der]) {
      const token = forge({ alg: 'HS256', kid }, (input) => createHmac('sha256', key).update(input).digest());
      await expectProblem(token, 'algorithm', kid);
    }
  }
});

test('createForeignTokens() refuses A8, A11 an algorithm that is not that of the key', async () => {
  for (const kid of kids) {
    for (const alg of ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const) {
      if (alg === kid) continue;
      await expectProblem(
        forge({ alg, kid }, (input) => rawSignature(alg, input)),
        'algorithm',
        `${kid} ${alg}`,
      );
    }
  }
});

test('createForeignTokens() refuses A10, F80 a PSS signature under RS256, and PSS by name', async () => {
  const { privateKey: key } = pairs.RS256;
  for (const saltLength of [0, 32]) {
    const pss = (input: string): Buffer =>
      sign('sha256', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    await expectProblem(forge({ alg: 'RS256', kid: 'RS256' }, pss), 'signature');
    await expectProblem(forge({ alg: 'PS256', kid: 'RS256' }, pss), 'algorithm');
  }
});

test('createForeignTokens() refuses B17 to B20, B27, B28, B31 and fetches nothing for them', async () => {
  const members = [
    { jwk: jwkOf('ES256') },
    { jku: 'http://127.0.0.1:9/jwks' },
    { jku: 'file:///etc/passwd' },
    { x5u: 'http://169.254.169.254/' },
    { x5c: ['MIIB'] },
    ...[['exp'], [], 'exp', ['unknown']].map((crit) => ({ crit, exp: 1 })),
    { b64: false },
    { zip: 'DEF' },
    { enc: 'A256GCM' },
  ];
  const { verify, fetched } = house();
  for (const member of members) {
    const token = forge({ alg: 'ES256', kid: 'ES256', ...member }, (input) => rawSignature('ES256', input));
    assert.deepEqual(await verify(token), { ok: false, problem: 'header' }, JSON.stringify(member));
  }
  assert.deepEqual(fetched, []);
});

test('createForeignTokens() refuses B21 to B24 key ids of all sorts, and only ever asks the endpoint', async () => {
  const { verify, fetched } = house();
  for (const kid of [
    '../../dev/null',
    '..%2f',
    '\0',
    "' OR 1=1--",
    'https://a.example',
    '__proto__',
    'constructor',
    'toString',
    '',
    'es256',
    'ES256 ',
    'x'.repeat(257),
  ]) {
    const answer = await verify(forge({ alg: 'ES256', kid }, (input) => rawSignature('ES256', input)));
    assert.ok(!answer.ok && ['unknown_key', 'unavailable'].includes(answer.problem), kid);
  }
  for (const kid of [7, ['ES256'], null, {}]) {
    const token = forge({ alg: 'ES256', kid }, (input) => rawSignature('ES256', input));
    assert.deepEqual(await verify(token), { ok: false, problem: 'header' });
  }
  assert.deepEqual(new Set(fetched), new Set(['https://idp.example/keys']));
  assert.ok(fetched.length <= 3);
});

test('createForeignTokens() refuses F72 every r and s of 0, 1, n - 1, n and n + 1', async () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
  const values = [0n, 1n, order - 1n, order, order + 1n].map(bytes);
  for (const r of values) {
    for (const s of values) {
      await expectProblem(
        forge({ alg: 'ES256', kid: 'ES256' }, () => Buffer.concat([r, s])),
        'signature',
      );
    }
  }
});

test('createForeignTokens() refuses F73 ECDSA signatures as DER, and of other lengths', async () => {
  const header = { alg: 'ES256', kid: 'ES256' };
  const der = (input: string): Buffer => sign('sha256', Buffer.from(input), pairs.ES256.privateKey);
  await expectProblem(forge(header, der), 'signature');
  for (const change of [
    (raw: Buffer) => raw.subarray(0, 63),
    (raw: Buffer) => Buffer.concat([raw, Buffer.alloc(1)]),
    (raw: Buffer) => Buffer.concat([raw, raw]),
    (raw: Buffer) => Buffer.concat([Buffer.alloc(16), raw.subarray(0, 32), Buffer.alloc(16), raw.subarray(32)]),
  ]) {
    await expectProblem(
      forge(header, (input) => change(rawSignature('ES256', input))),
      'signature',
    );
  }
});

test('createForeignTokens() refuses F82 a shared secret’s signature that is cut or has one bit flipped', async () => {
  const created = createForeignTokens({ hmacSecretKey: 'secret' }, { clock: clockAt(nowSeconds) });
  assert.ok(created.ok);
  const { verify } = created;
  for (const [alg, digest, size] of [
    ['HS256', 'sha256', 32],
    ['HS384', 'sha384', 48],
    ['HS512', 'sha512', 64],
  ] as const) {
    const mac = (input: string): Buffer => createHmac(digest, secret).update(input).digest();
    assert.equal((await verify(forge({ alg }, mac))).ok, true, alg);
    for (let bit = 0; bit < size * 8; bit += 1) {
      const flipped = forge({ alg }, (input) => {
        const bytes = mac(input);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return bytes;
      });
      assert.deepEqual(verify(flipped), { ok: false, problem: 'signature' });
    }
    for (let length = 1; length < size; length += 1) {
      const cut = forge({ alg }, (input) => mac(input).subarray(0, length));
      assert.deepEqual(verify(cut), { ok: false, problem: 'signature' });
    }
  }
});
