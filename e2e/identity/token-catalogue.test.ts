// Decides by cases A to F of the catalogue of attacks that the HTTP door of a real server answers every bad token alike.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { algorithmNames, generateKey, generateKeyrings, generateSecretKeys } from '../../packages/tokens/src/index.ts';
import { createProfile, createSigner, serialiseAllKeys } from '../../packages/tokens/src/index.ts';
import type { AllKeys, TokenKind } from '../../packages/tokens/src/index.ts';
import {
  algorithmCases,
  claimCases,
  duplicates,
  jsonTexts,
  pointerCases,
  textCases,
} from '../../packages/tokens/src/catalogue.test-support.ts';
import { encode, makeHouse, rawSign } from '../../packages/tokens/src/forge.test-support.ts';
import type { House } from '../../packages/tokens/src/forge.test-support.ts';
import { startServer } from '../support/server.ts';
import type { RunningServer } from '../support/server.ts';

const guarded = '/v1/rooms';

interface Answer {
  status: number;
  headers: string;
  body: string;
}

/** Sends one request as it stands and reads the answer; header bytes are not looked at by any client. */
async function send(server: RunningServer, head: string, target = guarded): Promise<Answer> {
  const { port, host } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('error', () => undefined); // a request that is too large is answered and cut
  socket.end(Buffer.from(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${head}\r\n`, 'utf8'));
  await new Promise((resolve) => socket.once('close', resolve));
  const text = Buffer.concat(chunks).toString();
  const at = text.indexOf('\r\n\r\n');
  const headers = text.slice(text.indexOf('\r\n') + 2, at).replaceAll(/^(date|x-request-id): .*\r\n/gim, '');
  const body = text.slice(at + 4).replace(/"requestId":"[^"]*"/, '"requestId":""');
  return { status: Number(text.slice(9, 12)), headers, body };
}

const bearer = (server: RunningServer, token: string): Promise<Answer> =>
  send(server, `authorization: Bearer ${token}\r\n`);

const folder = await mkdtemp(path.join(tmpdir(), 'parley-catalogue-'));
const keys: AllKeys = { rings: generateKeyrings('HS256'), secretKeys: generateSecretKeys() };
keys.rings.access.replace(algorithmNames.map((alg, at) => generateKey(alg, at === 0 ? 'current' : 'next')));
let server: RunningServer;
let generic: Answer;
let houses: House[];
const nowSeconds = Math.floor(Date.now() / 1000);

before(async () => {
  const keysFile = path.join(folder, 'keys.json');
  await writeFile(keysFile, serialiseAllKeys(keys), { mode: 0o600 });
  server = await startServer({ PARLEY_KEYS_FILE: keysFile, PARLEY_RATE_LIMIT_FACTOR: '1000' });
  generic = await bearer(server, 'AA.AA.AA');
  houses = keys.rings.access.keys().map((key) => makeHouse(key.alg, { key, issuer: server.url, nowSeconds }));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Asks for many tokens, some at a time, and expects the one generic answer to each. */
async function refuseAll(cases: readonly (readonly [name: string, token: string])[]): Promise<void> {
  for (let at = 0; at < cases.length; at += 16) {
    await Promise.all(
      cases.slice(at, at + 16).map(async ([name, token]) => {
        const answer = await bearer(server, token);
        const label = `${name}: ${JSON.stringify(token.slice(0, 80))}`;
        // What no header can hold is refused before anybody looks at it; too long a header as well.
        if (/[\0\r\n]/.test(token)) assert.ok([400, 401].includes(answer.status), `${label} ${answer.status}`);
        else if (token.length > 12_000) assert.ok([0, 401, 431].includes(answer.status), `${label} ${answer.status}`);
        else assert.deepEqual(answer, generic, label);
      }),
    );
  }
}

test('the door answers 401 with one generic body', () => {
  assert.equal(generic.status, 401);
  assert.match(
    generic.headers,
    /^www-authenticate: Bearer error="invalid_token", error_description="the access token is not valid"/im,
  );
  assert.deepEqual(JSON.parse(generic.body), {
    ...JSON.parse(generic.body),
    code: 'auth.invalid_token',
    status: 401,
    requestId: '',
  });
});

for (const [index, alg] of algorithmNames.entries()) {
  test(`the door lets the good ${alg} token in that the cases are made from`, async () => {
    const house = houses[index]!;
    const answer = await bearer(server, house.withHeader({}));
    assert.equal(answer.status, 200, answer.body);
  });

  // identity 2.2: 1-5, 8-13, 17-23, 26-32
  test(`the door refuses A and B, headers, with ${alg}`, async () => {
    const house = houses[index]!;
    await refuseAll([...algorithmCases(house), ...pointerCases(house)].map(([name, token]) => [name, token] as const));
  });

  // identity 2.2: 33-35, 37-46, 50
  test(`the door refuses C, encodings, with ${alg}`, async () => {
    const house = houses[index]!;
    const [header, claims] = [JSON.stringify(house.header), JSON.stringify(house.claims)];
    await refuseAll([
      ...textCases(house).map(([name, token]) => [name, token.trim() === token ? token : `A${token}A`] as const),
      ...jsonTexts(claims).map(([name, text]) => [name, house.forge(header, text)] as const),
      ...jsonTexts(header).map(([name, text]) => [name, house.forge(text, claims)] as const),
      ...['alg', 'kid', 'typ'].flatMap((name) =>
        duplicates(name, header).map((text) => ['40', house.forge(text, claims)] as const),
      ),
      ...['exp', 'sub', 'aud', 'iss'].flatMap((name) =>
        duplicates(name, claims).map((text) => ['40', house.forge(header, text)] as const),
      ),
      ['42', house.forge(header, Buffer.from(claims, 'utf16le'))],
    ]);
  });

  // identity 2.2: 51-57, 60-64, 68
  test(`the door refuses D, claims and times, with ${alg}`, async () => {
    const house = houses[index]!;
    const times = [
      { iat: nowSeconds - 1000, exp: nowSeconds - 100 },
      { nbf: nowSeconds + 3600 },
      { iat: nowSeconds + 3600, exp: nowSeconds + 3700 },
    ];
    await refuseAll([
      ...claimCases(house).map(([name, members]) => [name, house.withClaims(members)] as const),
      ...times.map((members) => ['54-56', house.withClaims(members)] as const),
    ]);
  });
}

// identity 2.2: 6, 7
test('the door refuses A6, A7 HMACs keyed with our public keys', async () => {
  const symmetric = houses[0]!;
  const cases = houses.slice(3).flatMap((house) => {
    const key = house.key.key.verifyWith;
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();
    const texts = [
      pem,
      pem.trimEnd(),
      pem.replaceAll('\n', '\r\n'),
      ` ${pem}`,
      `\ufeff${pem}`,
      JSON.stringify(key.export({ format: 'jwk' })),
    ];
    return [...texts.map((text) => Buffer.from(text)), key.export({ type: 'spki', format: 'der' })].flatMap((secret) =>
      [house.key.kid, symmetric.key.kid].map((kid) => {
        const forged = makeHouse('HS256', {
          key: { ...symmetric.key, kid, key: generateKey('HS256', 'next').key },
          issuer: server.url,
          nowSeconds,
        });
        const input = `${encode({ ...forged.header, kid })}.${encode(forged.claims)}`;
        return ['6, 7', `${input}.${rawSignWith(input, secret)}`] as const;
      }),
    );
  });
  await refuseAll(cases);
});

const rawSignWith = (input: string, secret: Buffer): string => rawSign('HS256', input, createSecretKey(secret));

// identity 2.2: 14, 66, 67, 69
test('the door refuses E tokens of other kinds', async () => {
  const kinds: TokenKind[] = ['connection', 'subscription'];
  const clock = { now: Date.now };
  const profileOf = <K extends TokenKind>(kind: K) =>
    createProfile({
      kind,
      issuer: server.url,
      algorithms: algorithmNames,
      ring: keys.rings[kind],
      maxLifeSeconds: 900,
    });
  const connection = createSigner(profileOf('connection'), clock)({ sub: 'user-1', expire_at: nowSeconds + 900 }, 60);
  const subscription = createSigner(profileOf('subscription'), clock)(
    { sub: 'user-1', channel: 'chat:1', expire_at: nowSeconds + 900, sid: 's', uv: 1, mid: 'm' },
    60,
  );
  const asAccess = kinds.map((kind) =>
    makeHouse('HS256', { key: keys.rings[kind].current()!, issuer: server.url, nowSeconds }).withHeader({}),
  );
  const opaque = ['rt_AAAAAAAAAAAAAAAAAAAAAA', 'prl_live_abc_def_123', 'A'.repeat(43), `rt_${'A'.repeat(64)}`];
  await refuseAll([connection, subscription, ...asAccess, ...opaque].map((token) => ['E', token] as const));
});

// identity 2.2: 82
test('the door refuses F82 a signature with one bit flipped, and shorter ones', async () => {
  const cases = houses.flatMap((house) => {
    const good = house.withHeader({});
    const at = good.lastIndexOf('.') + 1;
    const signature = Buffer.from(good.slice(at), 'base64url');
    const changed = [0, signature.length - 1].flatMap((byte) =>
      [0, 7].map((bit) => {
        const flipped = Buffer.from(signature);
        flipped[byte]! ^= 1 << bit;
        return flipped;
      }),
    );
    return [...changed, signature.subarray(0, 16), signature.subarray(0, -1)].map(
      (wrong) => ['82', good.slice(0, at) + wrong.toString('base64url')] as const,
    );
  });
  await refuseAll(cases);
});

// identity 2.2: 18, 19
test('the door follows no address in a header', async () => {
  let connections = 0;
  const sink = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/keys`;
  const cases = houses.flatMap((house) =>
    [{ jku: url }, { x5u: url }, { kid: url }, { jwk: house.key.key.verifyWith.type }].map(
      (members) => ['18', house.withHeader(members)] as const,
    ),
  );
  await refuseAll(cases);
  // A request that is answered after them proves that there was time for a connection.
  await bearer(server, 'AA.AA.AA');
  sink.close();
  assert.equal(connections, 0);
});

// identity 2.2: 47, 48, 49
test('the door takes one Authorization header, `Bearer` or `bearer`, and one space', async () => {
  const good = houses[0]!.withHeader({});
  const statusOf = async (head: string, target?: string): Promise<number> => (await send(server, head, target)).status;
  for (const word of ['Bearer', 'bearer'])
    assert.equal(await statusOf(`authorization: ${word} ${good}\r\n`), 200, word);
  for (const value of [
    good,
    `BEARER ${good}`,
    `Bearer  ${good}`,
    `Bearer\t${good}`,
    `Bearer ${good},`,
    `Bearer ${good}, Bearer ${good}`,
    `Bearer "${good}"`,
    `Basic ${good}`,
    'Bearer',
    '',
  ]) {
    assert.equal(await statusOf(`authorization: ${value}\r\n`), 401, value.slice(0, 20));
  }
  assert.equal(await statusOf(`authorization: Bearer ${good}\r\nauthorization: Bearer ${good}\r\n`), 400);
  for (const name of ['access_token', 'token']) assert.equal(await statusOf('', `${guarded}?${name}=${good}`), 401);
});

// identity 2.2: 24
test('the door refuses 2,000 unknown key ids and answers the good one after them', async () => {
  const house = houses[0]!;
  await refuseAll(Array.from({ length: 2000 }, (_, at) => ['24', house.withHeader({ kid: `nobody-${at}` })] as const));
  assert.equal((await bearer(server, house.withHeader({}))).status, 200);
});
