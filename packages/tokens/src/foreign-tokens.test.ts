// Decides by tests that the options of `client.token` do what the protocol reference says in section 15.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { clockAt, encode, nowSeconds } from './forge.test-support.ts';
import {
  joseSign,
  jwkOf,
  pairAlgorithms,
  pairs,
  pemOf,
  secretAlgorithms,
  withoutJson,
} from './foreign-keys.test-support.ts';
import { signForeign } from './foreign-sign.ts';
import { createForeignTokens } from './foreign-tokens.ts';
import type { ForeignTokenPorts, ForeignTokenSettings } from './foreign-tokens.ts';
import type { ForeignKind } from './foreign-verify.ts';
import { JwksFetchError } from './jwks.ts';

const secret = 'secret';
const hmac = { hmacSecretKey: secret };
const claims = { sub: '42', exp: nowSeconds + 60 };
const good = { ok: true, kind: 'connection', claims };

type Answer = ReturnType<typeof withoutJson>;

function create(settings: ForeignTokenSettings, ports: Partial<ForeignTokenPorts> = {}) {
  const created = createForeignTokens(settings, { clock: clockAt(nowSeconds), ...ports });
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return (token: string, wanted?: ForeignKind): Answer | Promise<Answer> => {
    const verified = created.verify(token, wanted);
    return verified instanceof Promise ? verified.then(withoutJson) : withoutJson(verified);
  };
}

function problemsOf(settings: ForeignTokenSettings): string[] {
  const created = createForeignTokens(settings, { clock: clockAt(nowSeconds) });
  return created.ok ? [] : created.problems.map(({ option, text }) => `${option} ${text}`);
}

const refused = (problem: string): object => ({ ok: false, problem });
const withKeys = (...keys: object[]) => ({
  settings: { jwksPublicEndpoint: 'https://idp.example/keys' },
  ports: { fetchText: () => Promise.resolve(JSON.stringify({ keys })) },
});

test('createForeignTokens() accepts what jose signs with a shared secret, and jose what we sign', async () => {
  const verify = create(hmac);
  for (const alg of secretAlgorithms) {
    assert.deepEqual(verify(await joseSign(alg, claims, { key: Buffer.from(secret) })), good, alg);
    assert.deepEqual(verify(await joseSign(alg, claims, { key: Buffer.from('other') })), refused('signature'), alg);
  }
  const { payload } = await compactVerify(signForeign(claims, secret), Buffer.from(secret));
  assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), claims);
  assert.throws(() => signForeign(claims, ''), TypeError);
});

for (const alg of pairAlgorithms) {
  test(`createForeignTokens() accepts ${alg} of jose by PEM, base64 of PEM and JWKS, and nothing near it`, async () => {
    const token = await joseSign(alg, claims, { kid: 'k' });
    const option = alg.startsWith('RS') ? 'rsaPublicKey' : 'ecdsaPublicKey';
    const pem = pemOf(pairs[alg].publicKey);
    const { settings, ports } = withKeys(jwkOf(alg, { kid: 'k' }));
    const verifiers = [create(settings, ports)];
    if (alg !== 'EdDSA') {
      verifiers.push(create({ [option]: pem }), create({ [option]: Buffer.from(pem).toString('base64') }));
    }
    const [header = '', payload = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const changed = (change: (copy: Buffer) => Buffer): string =>
      `${header}.${payload}.${change(Buffer.from(bytes)).toString('base64url')}`;
    const flip = (copy: Buffer): Buffer => copy.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) as Buffer;
    for (const verify of verifiers) {
      assert.deepEqual(await verify(token), good);
      assert.deepEqual(await verify(changed(flip)), refused('signature'));
      assert.deepEqual(await verify(changed((copy) => copy.subarray(1))), refused('signature'));
      assert.deepEqual(await verify(changed((copy) => Buffer.concat([copy, Buffer.alloc(1)]))), refused('signature'));
      assert.deepEqual(await verify(changed((copy) => copy.fill(0))), refused('signature'));
      const otherClaims = encode({ ...claims, sub: '43' });
      assert.deepEqual(await verify(`${header}.${otherClaims}.${signature}`), refused('signature'));
    }
    await compactVerify(token, pairs[alg].publicKey);
  });
}

test('createForeignTokens() refuses every algorithm whose key is not configured', async () => {
  const tokens = new Map<string, string>();
  for (const alg of pairAlgorithms) tokens.set(alg, await joseSign(alg, claims, { kid: 'k' }));
  for (const alg of secretAlgorithms)
    tokens.set(alg, await joseSign(alg, claims, { key: Buffer.from(secret), kid: 'k' }));
  const configured: readonly (readonly [ForeignTokenSettings, readonly string[]])[] = [
    [{}, []],
    [hmac, secretAlgorithms],
    [{ rsaPublicKey: pemOf(pairs.RS256.publicKey) }, ['RS256', 'RS384', 'RS512']],
    [{ ecdsaPublicKey: pemOf(pairs.ES256.publicKey) }, ['ES256']],
    [{ ecdsaPublicKey: pemOf(pairs.ES512.publicKey) }, ['ES512']],
    [{ ...hmac, ecdsaPublicKey: pemOf(pairs.ES384.publicKey) }, [...secretAlgorithms, 'ES384']],
  ];
  for (const [settings, accepted] of configured) {
    const verify = create(settings);
    for (const [alg, token] of tokens) {
      const expected = accepted.includes(alg) ? good : refused('algorithm');
      assert.deepEqual(verify(token), expected, `${Object.keys(settings).join()} ${alg}`);
    }
  }
});

test('createForeignTokens() refuses alg none and a public key that is used as a secret', async () => {
  const pem = pemOf(pairs.RS256.publicKey);
  const { settings, ports } = withKeys(jwkOf('RS256', { kid: 'k' }));
  const verifiers = [
    create({ ...hmac, rsaPublicKey: pem }),
    create(settings, ports),
    create({ ...hmac, insecureSkipTokenSignatureVerify: true }),
  ];
  for (const verify of verifiers) {
    for (const alg of ['none', 'None', 'NONE', '']) {
      assert.deepEqual(await verify(`${encode({ alg })}.${encode(claims)}.`), refused('malformed'), alg);
      assert.deepEqual(await verify(`${encode({ alg })}.${encode(claims)}.AA`), refused('algorithm'), alg);
    }
    for (const alg of ['PS256', 'ES256K', 'HS1', 'toString', '__proto__', 'Ed25519']) {
      assert.deepEqual(await verify(`${encode({ alg })}.${encode(claims)}.AA`), refused('algorithm'), alg);
    }
  }
  const confused = await joseSign('HS256', claims, { key: Buffer.from(pem), kid: 'k' });
  assert.deepEqual(await create({ rsaPublicKey: pem })(confused), refused('algorithm'));
  assert.deepEqual(await create({ ...hmac, rsaPublicKey: pem })(confused), refused('signature'));
  assert.deepEqual(await create(settings, ports)(confused), refused('algorithm'));
});

test('createForeignTokens() accepts the previous secret without limit, or for tokens up to its end', () => {
  const previous = { hmacSecretKey: 'new', hmacPreviousSecretKey: secret };
  const until = { ...previous, hmacPreviousSecretKeyValidUntil: nowSeconds };
  const tokenOf = (iat: number | undefined): string => signForeign(iat === undefined ? {} : { iat }, secret);
  for (const iat of [undefined, nowSeconds + 5]) assert.equal(isGood(create(previous)(tokenOf(iat))), true);
  assert.equal(isGood(create(until)(tokenOf(nowSeconds))), true);
  for (const iat of [undefined, nowSeconds + 1]) {
    assert.deepEqual(create(until)(tokenOf(iat)), refused('revoked_key'));
    assert.equal(isGood(create(until)(signForeign(iat === undefined ? {} : { iat }, 'new'))), true);
  }
});

const isGood = (verified: Answer | Promise<Answer>): boolean => 'ok' in verified && verified.ok;

test('createForeignTokens() lets a JWKS replace the other keys', async () => {
  const { settings, ports } = withKeys(jwkOf('ES256', { kid: 'k' }));
  const rsaPublicKey = pemOf(pairs.RS256.publicKey);
  const verify = create({ ...settings, ...hmac, rsaPublicKey }, ports);
  assert.deepEqual(await verify(await joseSign('ES256', claims, { kid: 'k' })), good);
  assert.deepEqual(await verify(signForeign(claims, secret)), refused('algorithm'));
  assert.deepEqual(await verify(await joseSign('RS256', claims, { kid: 'r' })), refused('unknown_key'));
});

test('createForeignTokens() takes a key of the JWKS for its own algorithm only', async () => {
  const { settings, ports } = withKeys(
    jwkOf('RS256', { kid: 'k', alg: 'RS384' }),
    jwkOf('ES256', { kid: 'k' }),
    jwkOf('EdDSA'),
  );
  const verify = create(settings, ports);
  assert.deepEqual(await verify(await joseSign('RS384', claims, { kid: 'k' })), good);
  assert.deepEqual(await verify(await joseSign('ES256', claims, { kid: 'k' })), good);
  assert.deepEqual(await verify(await joseSign('RS256', claims, { kid: 'k' })), refused('algorithm'));
  assert.deepEqual(await verify(await joseSign('EdDSA', claims, { kid: 'k' })), refused('algorithm'));
  assert.deepEqual(await verify(await joseSign('EdDSA', claims)), good);
});

test('createForeignTokens() answers with a promise only to fetch, and unavailable if that fails', async () => {
  const { settings, ports } = withKeys(jwkOf('ES256', { kid: 'k' }));
  const verify = create(settings, ports);
  const token = await joseSign('ES256', claims, { kid: 'k' });
  const first = verify(token);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, good);
  assert.deepEqual(verify(token), good);
  const failures: string[][] = [];
  const fails = create(settings, {
    fetchText: () => Promise.reject(new JwksFetchError('no connection')),
    onFetchFailure: (...words) => failures.push(words),
  });
  assert.deepEqual(await fails(token), refused('unavailable'));
  assert.deepEqual(fails(token), refused('unavailable'));
  assert.deepEqual(failures, [['https://idp.example/keys', 'no connection']]);
});

test('createForeignTokens() chooses the endpoint by issuer and audience before anything is fetched', async () => {
  const asked: string[] = [];
  const verify = create(
    {
      jwksPublicEndpoint: 'https://{{tenant}}.example/{{realm}}',
      issuerRegex: '^https://(?P<tenant>one|two)\\.example$',
      audienceRegex: '^(?P<realm>a|b)$',
    },
    {
      fetchText: (url) => {
        asked.push(url);
        return Promise.resolve(
          JSON.stringify({ keys: [jwkOf(url.includes('one') ? 'ES256' : 'ES384', { kid: 'k' })] }),
        );
      },
    },
  );
  const one = { ...claims, iss: 'https://one.example', aud: ['x', 'a'] };
  const two = { ...claims, iss: 'https://two.example', aud: 'b' };
  assert.deepEqual(await verify(await joseSign('ES256', one, { kid: 'k' })), { ...good, claims: one });
  assert.deepEqual(await verify(await joseSign('ES384', two, { kid: 'k' })), { ...good, claims: two });
  assert.deepEqual(await verify(await joseSign('ES384', one, { kid: 'k' })), refused('algorithm'));
  assert.deepEqual(asked, ['https://one.example/a', 'https://two.example/b']);
  const strangers = [
    { iss: 'https://evil.example', aud: 'a' },
    { iss: 'https://one.example', aud: 'c' },
    { iss: 'https://one.example' },
    { aud: 'a' },
  ];
  for (const stranger of strangers) {
    assert.deepEqual(
      await verify(await joseSign('ES256', { ...claims, ...stranger }, { kid: 'k' })),
      refused('issuer'),
    );
  }
  assert.equal(asked.length, 2);
});

test('createForeignTokens() fetches nothing for a stranger whose audience alone names the endpoint', async () => {
  let fetches = 0;
  const verify = create(
    {
      jwksPublicEndpoint: 'https://idp.example/{{realm}}',
      issuerRegex: '^us$',
      audienceRegex: '^(?P<realm>a|b)$',
    },
    {
      fetchText: () => {
        fetches += 1;
        return Promise.resolve('{"keys":[]}');
      },
    },
  );
  const stranger = await joseSign('ES256', { ...claims, iss: 'them', aud: 'a' }, { kid: 'k' });
  assert.deepEqual(await verify(stranger), refused('issuer'));
  assert.equal(fetches, 0);
});

test('createForeignTokens() demands audience and issuer by text or expression, unanchored', () => {
  const cases: readonly (readonly [ForeignTokenSettings, object, string | undefined])[] = [
    [{ audience: 'ours' }, { aud: ['x', 'ours'] }, undefined],
    [{ audience: 'ours' }, { aud: 'ours2' }, 'audience'],
    [{ audience: 'ours' }, {}, 'audience'],
    [{ audienceRegex: 'our' }, { aud: ['x', 'ours2'] }, undefined],
    [{ audienceRegex: '^ours$' }, { aud: 'ours2' }, 'audience'],
    [{ audienceRegex: '.*' }, {}, 'audience'],
    [{ audienceRegex: '.*' }, { aud: [] }, 'audience'],
    [{ issuer: 'us' }, { iss: 'us' }, undefined],
    [{ issuer: 'us' }, { iss: 'us2' }, 'issuer'],
    [{ issuerRegex: 'u[st]' }, { iss: 'must' }, undefined],
    [{ issuerRegex: '^u[st]$' }, { iss: 'must' }, 'issuer'],
    [{ issuerRegex: 'us' }, {}, 'issuer'],
    [{ audience: '', audienceRegex: '', issuer: '', issuerRegex: '', userIdClaim: '' }, {}, undefined],
  ];
  for (const [settings, members, problem] of cases) {
    const all = { ...claims, ...members };
    const expected = problem === undefined ? { ...good, claims: all } : refused(problem);
    assert.deepEqual(
      create({ ...hmac, ...settings })(signForeign(all, secret)),
      expected,
      JSON.stringify([settings, members]),
    );
  }
});

test('createForeignTokens() takes the user from the claim that is configured', () => {
  const verify = create({ ...hmac, userIdClaim: 'user_id' });
  for (const [members, expected] of [
    [{ user_id: 'Ann' }, 'Ann'],
    [{ user_id: 7 }, '7'],
    [{ user_id: '' }, ''],
    [{ user_id: null }, ''],
    [{}, ''],
  ] as const) {
    const all = { ...claims, ...members };
    assert.deepEqual(verify(signForeign(all, secret)), { ...good, claims: { ...all, sub: expected } });
  }
  for (const user of [['a'], {}, true, 1.5]) {
    const all = { ...claims, user_id: user };
    assert.deepEqual(verify(signForeign(all, secret)), refused('claims'));
  }
});

test('createForeignTokens() checks in the order of 15.4: signature, addressee, kind of a connection token, times', () => {
  const late = { exp: nowSeconds - 1 };
  const verify = (members: object, wanted?: ForeignKind, key = secret): unknown =>
    create({ ...hmac, audience: 'a', issuer: 'i' })(
      signForeign({ ...late, aud: 'a', iss: 'i', ...members }, key),
      wanted,
    );
  assert.deepEqual(verify({ aud: 'b', channel: 'c' }, 'connection', 'other'), refused('signature'));
  assert.deepEqual(verify({ aud: 'b', channel: 'c' }, 'connection'), refused('audience'));
  assert.deepEqual(verify({ iss: 'b', channel: 'c' }, 'connection'), refused('issuer'));
  assert.deepEqual(verify({ channel: 'c' }, 'connection'), refused('claims'));
  assert.deepEqual(verify({ channel: 'c' }, 'subscription'), refused('expired'));
  assert.deepEqual(verify({ channel: 'c' }), refused('expired'));
  assert.deepEqual(verify({}, 'subscription'), refused('expired'));
  assert.deepEqual(verify({ exp: undefined }, 'subscription'), refused('claims'));
  assert.deepEqual(verify({ exp: undefined, nbf: nowSeconds + 1 }, 'connection'), refused('not_yet_valid'));
  const subscription = { aud: 'a', iss: 'i', channel: 'c' };
  assert.deepEqual(verify({ exp: undefined, channel: 'c' }, 'subscription'), {
    ok: true,
    kind: 'subscription',
    claims: subscription,
  });
});

test('createForeignTokens() takes null for an absent claim, as Go reads it, but not in free JSON', () => {
  const verify = create(hmac);
  const text = '{"sub":null,"exp":null,"aud":null,"channel":null,"subs":null,"meta":null,"info":null,"user":null}';
  const token = signForeign(JSON.parse(text), secret);
  assert.deepEqual(verify(token, 'connection'), { ok: true, kind: 'connection', claims: { info: null, user: null } });
});

test('createForeignTokens() refuses bytes that are not base64', () => {
  const verify = create(hmac);
  for (const bytes of ['AAE=', '', '+/+/']) {
    const all = { b64info: bytes, subs: { a: { b64info: bytes, b64data: bytes } } };
    assert.deepEqual(verify(signForeign(all, secret)), { ok: true, kind: 'connection', claims: all });
  }
  for (const bytes of ['AAE', '!', 'A', '-_-_', 'AA==AA==']) {
    for (const all of [{ b64info: bytes }, { subs: { a: { b64info: bytes } } }, { subs: { a: { b64data: bytes } } }]) {
      assert.deepEqual(verify(signForeign(all, secret)), refused('claims'), bytes);
    }
    assert.deepEqual(verify(signForeign({ channel: 'c', b64data: bytes }, secret)), refused('claims'), bytes);
  }
});

test('createForeignTokens() skips the signature and nothing else where it is told so', () => {
  const verify = create({ insecureSkipTokenSignatureVerify: true, audience: 'a' });
  const all = { ...claims, aud: 'a' };
  assert.deepEqual(verify(signForeign(all, 'whatever')), { ...good, claims: all });
  assert.deepEqual(verify(signForeign(claims, 'whatever')), refused('audience'));
  assert.deepEqual(verify(signForeign({ ...all, exp: nowSeconds }, 'whatever')), refused('expired'));
});

test('createForeignTokens() says by option what is wrong and what to do', () => {
  const short = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
  const pss = pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey);
  const koblitz = pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey);
  const secretPem = pairs.RS256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const broken = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
  for (const [settings, expected] of [
    [{ rsaPublicKey: short }, /^rsa_public_key needs an RSA public key of 2048 to 8192 bits; make one/],
    [{ rsaPublicKey: pss }, /^rsa_public_key needs an RSA/],
    [{ rsaPublicKey: broken }, /^rsa_public_key needs an RSA/],
    [{ rsaPublicKey: pemOf(pairs.ES256.publicKey) }, /^rsa_public_key needs an RSA/],
    [{ rsaPublicKey: secretPem }, /^rsa_public_key holds a private key/],
    [{ rsaPublicKey: 'hello' }, /^rsa_public_key needs a public key as PEM text/],
    [{ ecdsaPublicKey: koblitz }, /^ecdsa_public_key needs an ECDSA public key on P-256, P-384 or P-521; make one/],
    [{ ecdsaPublicKey: pemOf(pairs.EdDSA.publicKey) }, /^ecdsa_public_key needs an ECDSA/],
    [{ ecdsaPublicKey: pemOf(pairs.RS256.publicKey) }, /^ecdsa_public_key needs an ECDSA/],
    [{ hmacPreviousSecretKeyValidUntil: -1 }, /^hmac_previous_secret_key_valid_until has to be a time/],
    [{ audience: 'a', audienceRegex: 'a' }, /^audience_regex cannot stand beside/],
    [{ issuer: 'a', issuerRegex: 'a' }, /^issuer_regex cannot stand beside/],
    [{ issuerRegex: '(?=a)' }, /^issuer_regex uses look-around .*; write it in the syntax of RE2$/],
    [{ userIdClaim: 'user.id' }, /^user_id_claim may have letters and underscores only/],
    [{ jwksPublicEndpoint: 'http://idp.example' }, /^jwks_public_endpoint has to be an https address/],
    [{ jwksPublicEndpoint: 'https://{{x}}/' }, /^jwks_public_endpoint has the placeholder "x"/],
  ] as const) {
    const [only = '', ...others] = problemsOf(settings);
    assert.match(only, expected);
    assert.deepEqual(others, []);
  }
  assert.equal(problemsOf({ rsaPublicKey: short, userIdClaim: '1', issuerRegex: '(' }).length, 3);
  assert.equal(problemsOf({ rsaPublicKey: short, ecdsaPublicKey: secretPem }).join(' ').includes('MII'), false);
});

test('createForeignTokens() never throws for a token, and accepts none that it did not sign', async () => {
  const { settings, ports } = withKeys(jwkOf('ES256', { kid: 'k' }));
  const verifiers = [create(hmac), create(settings, ports), create({ rsaPublicKey: pemOf(pairs.RS256.publicKey) })];
  const part = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    fc
      .record({ alg: fc.constantFrom('HS256', 'RS256', 'ES256', 'EdDSA', 'none'), kid: fc.constantFrom('k', '', 'x') })
      .map(encode),
  );
  const signature = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  await fc.assert(
    fc.asyncProperty(part, part, signature, async (header, payload, end) => {
      for (const verify of verifiers) assert.equal((await verify(`${header}.${payload}.${end}`)).ok, false);
    }),
    { numRuns: 500 },
  );
});
