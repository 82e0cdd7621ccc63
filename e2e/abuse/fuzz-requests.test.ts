import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiErrorStatus, replyErrors } from '@parley/protocol';
import fc from 'fast-check';
import { anyRequest } from '../../packages/protocol/src/testing/arbitraries.ts';
import { readFrames } from './support/frames.ts';
import { fuzz } from './support/fuzz.ts';
import { readAnswer, request, talk, upgrade } from './support/wire.ts';
import { apiKey, messageSizeLimit, startWorld, type World } from './support/world.ts';

/** A request with what it must be answered with. */
interface Case {
  bytes: Buffer;
  /** One of these. */
  statuses: readonly number[];
  /** What else must hold of the body. */
  check?: (body: string) => void;
}

const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const json = fc.oneof(
  fc.json(),
  anyRequest.filter((one) => !('connect' in one)).map((one) => JSON.stringify({ id: 2, ...one })),
  fc.nat(900).map((depth) => '['.repeat(depth)),
);
const body = fc.oneof(
  noise,
  json.map((text) => Buffer.from(text)),
);
const tooMuch = fc.integer({ min: 1, max: 2_000 });

/** A POST, its body in one piece or in chunks. */
function post(path: string, headers: readonly string[], bytes: Uint8Array, chunkBytes = 0): Buffer {
  if (chunkBytes === 0) return request(`POST ${path}`, [...headers, `Content-Length: ${bytes.length}`], bytes);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), Buffer.from('\r\n'));
  }
  return request(
    `POST ${path}`,
    [...headers, 'Transfer-Encoding: chunked'],
    Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]),
  );
}

const chunkBytes = fc.constantFrom(0, 0, 1, 7, 100);
const protobuf = ['Content-Type: application/octet-stream'];
const isJsonObject = (bytes: Buffer): boolean => {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

/** Handshakes. `wrong` ones have a refusal of their own; the others become connections or are refused as HTTP says. */
const handshakes: fc.Arbitrary<Case> = fc.oneof<fc.Arbitrary<Case>[]>(
  fc
    .record({
      path: fc.constantFrom('/connection/websocket', '/connection/uni_websocket'),
      query: fc.oneof(
        fc.constant(''),
        fc.constant('?format=protobuf'),
        headerText.map((text) => `?${encodeURIComponent(text)}`),
      ),
      extensions: fc.oneof(
        headerText,
        fc.constantFrom(
          'permessage-deflate',
          'permessage-deflate; client_max_window_bits',
          'permessage-deflate; server_max_window_bits=8',
          'permessage-deflate; client_max_window_bits=99',
          'permessage-deflate; unknown=1',
          'permessage-deflate; client_no_context_takeover; client_no_context_takeover',
          'permessage-deflate,'.repeat(300),
        ),
      ),
      protocols: fc.oneof(
        headerText,
        fc.constantFrom('centrifuge-json', 'centrifuge-protobuf', 'x', 'x,x', ',', 'a,'.repeat(2_000)),
      ),
      more: fc.array(
        headerText.map((text) => `X-Header: ${text}`),
        { maxLength: 4 },
      ),
    })
    .map(({ path, query, extensions, protocols, more }) => ({
      bytes: upgrade(path + query, [
        `Sec-WebSocket-Extensions: ${extensions}`,
        `Sec-WebSocket-Protocol: ${protocols}`,
        ...more,
      ]),
      statuses: [101, 400],
    })),
  fc
    .constantFrom(
      ...([
        [request('GET /connection/websocket'), 426],
        [request('POST /connection/websocket', ['Content-Length: 0']), 405],
        [
          request('GET /connection/websocket', [
            'Upgrade: websocket',
            'Connection: Upgrade',
            'Sec-WebSocket-Version: 13',
          ]),
          400,
        ],
        [
          request('GET /connection/websocket', [
            'Upgrade: websocket',
            'Connection: Upgrade',
            'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: short',
          ]),
          400,
        ],
        [
          request('GET /connection/websocket', [
            'Upgrade: websocket',
            'Connection: Upgrade',
            'Sec-WebSocket-Version: 99',
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
          ]),
          400,
        ],
        [
          request('POST /connection/websocket', [
            'Upgrade: websocket',
            'Connection: Upgrade',
            'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
          ]),
          405,
        ],
        [upgrade('/connection/websocket', ['Origin: https://elsewhere.example']), 403],
        [upgrade('/connection/uni_websocket?cf_connect=nonsense'), 400],
        [upgrade('/ws'), 401],
        [upgrade('/ws', ['Sec-WebSocket-Protocol: bearer, nonsense']), 401],
        [upgrade('/nowhere'), 404],
        [upgrade('//connection/websocket'), 404],
        [upgrade('/connection/websocket', [`X: ${'x'.repeat(20_000)}`]), 431],
        [
          upgrade(
            '/connection/websocket',
            Array.from({ length: 3_000 }, (_, at) => `X${at}: y`),
          ),
          431,
        ],
        [request('GET /connection/websocket', ['Upgrade: h2c', 'Connection: Upgrade']), 426],
        [Buffer.from('GET /connection/websocket HTTP/9.9\r\n\r\n'), 400],
        [Buffer.from('\u0000\u0001\r\n\r\n'), 400],
        [request('GET /connection/websocket', ['Bad Header: x']), 400],
        [request('GET /connection/websocket', ['Content-Length: -1']), 400],
        [request('GET /connection/websocket', ['Content-Length: 1', 'Transfer-Encoding: chunked']), 400],
      ] as const),
    )
    .map(([bytes, status]) => ({ bytes, statuses: [status] })),
);

/** Bodies for the doors of streams. What is no command is told in the stream. */
const streams: fc.Arbitrary<Case> = fc.oneof<fc.Arbitrary<Case>[]>(
  fc.tuple(fc.constantFrom('http_stream', 'sse'), body, chunkBytes).map(([door, bytes, chunk]) => ({
    bytes: post(`/connection/${door}`, [], bytes, chunk),
    ...(bytes.length > messageSizeLimit ? { statuses: [413] } : { statuses: [200], check: endsWith3501 }),
  })),
  fc.tuple(noise, chunkBytes).map(([bytes, chunk]) => ({
    bytes: post('/connection/http_stream', protobuf, bytes, chunk),
    statuses: [200],
  })),
  fc
    .tuple(fc.constantFrom('http_stream', 'sse', 'uni_http_stream'), tooMuch, chunkBytes)
    .map(([door, more, chunk]) => ({
      bytes: post(`/connection/${door}`, [], Buffer.alloc(messageSizeLimit + more, ' '), chunk && 100),
      statuses: [413],
    })),
  fc.tuple(fc.constantFrom('uni_http_stream', 'uni_sse'), noise, chunkBytes).map(([door, bytes, chunk]) => ({
    bytes: post(`/connection/${door}`, [], bytes, chunk),
    statuses: isJsonObject(bytes) || bytes.toString().trim() === 'null' ? [200] : [400],
  })),
  headerText.map((text) => ({
    bytes: request(`GET /connection/sse?cf_connect=${encodeURIComponent(text)}`),
    statuses: [text === '' ? 400 : 200],
    ...(text !== '' && { check: endsWith3501 }),
  })),
  fc
    .constantFrom('GET /connection/http_stream', 'PUT /connection/sse', 'DELETE /emulation', 'POST /connection/init')
    .map((target) => ({
      bytes: request(target, ['Content-Length: 0']),
      statuses: [405],
    })),
);

function endsWith3501(text: string): void {
  // Random commands without a connect: the first of them ends it.
  assert.match(text, /"disconnect":\{"code":3501,"reason":"bad request"\}/);
}

const emulations: fc.Arbitrary<Case> = fc.oneof<fc.Arbitrary<Case>[]>(
  fc
    .tuple(body, chunkBytes)
    .map(([bytes, chunk]) => ({ bytes: post('/emulation', [], bytes, chunk), statuses: [400] })),
  fc
    .tuple(noise, chunkBytes)
    .map(([bytes, chunk]) => ({ bytes: post('/emulation', protobuf, bytes, chunk), statuses: [400, 404, 204] })),
  fc.record({ node: headerText, session: headerText, data: fc.string() }).map((parts) => ({
    bytes: post('/emulation', [], Buffer.from(JSON.stringify(parts))),
    statuses: [404],
  })),
  tooMuch.map((more) => ({
    bytes: post('/emulation', [], Buffer.alloc(8 * messageSizeLimit + more, ' ')),
    statuses: [413],
  })),
);

const apiMethods = [
  'publish',
  'broadcast',
  'subscribe',
  'unsubscribe',
  'disconnect',
  'presence',
  'presence_stats',
  'history',
  'history_remove',
  'refresh',
  'rpc',
  'channels',
  'info',
  'batch',
  'map_publish',
  'map_remove',
  'map_read_state',
  'connections',
  '',
] as const;
const withKey = [`X-API-Key: ${apiKey}`];
const parameter = fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'map:a', 'rec:a', 'no:a', '', 1, -1, 2 ** 53, 'k'));
const parameters = fc.dictionary(
  fc.constantFrom(
    'channel',
    'channels',
    'data',
    'b64data',
    'user',
    'client',
    'session',
    'key',
    'limit',
    'since',
    'reverse',
    'tags',
    'delta',
    'idempotency_key',
    'version',
    'version_epoch',
    'commands',
    'disconnect',
    'expire_at',
    'recover_since',
    'override',
    'info',
    'cursor',
    'method',
  ),
  parameter,
  { noNullPrototype: true, maxKeys: 6 },
);

const documented = new Set<number>([...Object.values(replyErrors).map(({ code }) => code), ...apiErrorStatus.keys()]);
documented.delete(replyErrors.internal.code);

const apiCalls: fc.Arbitrary<Case> = fc.oneof<fc.Arbitrary<Case>[]>(
  fc.tuple(fc.constantFrom(...apiMethods), parameters, fc.boolean()).map(([method, params, isOld]) => ({
    bytes: isOld
      ? post('/api', withKey, Buffer.from(JSON.stringify({ method, params })))
      : post(`/api/${method}`, withKey, Buffer.from(JSON.stringify(params))),
    statuses: [200, 400, 404],
    check: onlyDocumentedErrors,
  })),
  fc.tuple(fc.constantFrom(...apiMethods), body, chunkBytes).map(([method, bytes, chunk]) => ({
    bytes: post(`/api/${method}`, withKey, bytes, chunk),
    statuses: [200, 400, 404],
    check: onlyDocumentedErrors,
  })),
  fc
    .tuple(fc.constantFrom(...apiMethods), body)
    .map(([method, bytes]) => ({ bytes: post(`/api/${method}`, [], bytes), statuses: [401, 404] })),
  tooMuch.map((more) => ({ bytes: post('/api/publish', withKey, Buffer.alloc(65_536 + more, ' ')), statuses: [413] })),
);

function onlyDocumentedErrors(text: string): void {
  for (const [, code] of text.matchAll(/"error":\{"code":(\d+)/g)) assert.ok(documented.has(Number(code)), text);
}

async function send({ port }: World, { bytes, statuses, check }: Case): Promise<number> {
  const answer = await talk(port, { bytes, ending: 'wait', isEnough: (got) => isWhole(got, check !== undefined) });
  const { status, rest } = readAnswer(answer);
  assert.ok(
    statuses.includes(status),
    `status ${status} for ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}`,
  );
  if (status === 101) assert.deepEqual(readFrames(rest).mistakes, []);
  else check?.(rest.toString());
  return 1;
}

// One request takes as long as many frames.
const share = 1 / 20;

/** Streams go on until they are broken off; where their text matters, it ends by itself. */
function isWhole(bytes: Buffer, isTextWanted: boolean): boolean {
  const { status, head, rest } = readAnswer(bytes);
  if (status === 0) return false;
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length);
  return isTextWanted ? rest.includes('0\r\n\r\n') : true;
}

for (const [name, cases] of Object.entries({ handshakes, streams, emulations, 'API calls': apiCalls })) {
  test(`${name}: every request is answered with the documented status, and never with 5xx`, async (t) => {
    const world = await startWorld(t);
    t.diagnostic(`${await fuzz(world, cases, { send, share })} requests`);
  });
}

const broken = fc.record({
  start: fc.oneof(noise, ...[handshakes, streams, apiCalls].map((cases) => cases.map(({ bytes }) => bytes))),
  end: noise,
  cut: fc.nat(600),
  ending: fc.constantFrom('end' as const, 'break off' as const),
});
type Broken = typeof broken extends fc.Arbitrary<infer T> ? T : never;

async function sendBroken({ port }: World, { start, end, cut, ending }: Broken): Promise<number> {
  const bytes = Buffer.concat([start.subarray(0, Math.max(start.length - cut, 0)), end]);
  const { status } = readAnswer(await talk(port, { bytes, ending }));
  assert.ok(status < 500, `${status}`);
  return 1;
}

test('requests: random bytes are answered with 4xx or not at all, wherever they break off', async (t) => {
  const world = await startWorld(t);
  t.diagnostic(`${await fuzz(world, broken, { send: sendBroken, share })} requests`);
});
