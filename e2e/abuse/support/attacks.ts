// Holds the attacks: each does one bad thing to a port until the process that runs it ends.
//
// They are about what one thing can do to others, not about more work than a processor can do: against that help `client.rate_limit`,
// `client.connection_rate_limit` and a proxy in front.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { signatureMac } from '../../../packages/gateway/src/shared-poll/signature.ts';
import { compress, frame, opcodes } from './frames.ts';
import { request, upgrade } from './wire.ts';

/** Signs what may be tracked. */
export const pollSecret = 'a-secret-for-signatures-of-polls-under-attack';

/** Whom the server API obeys; what is published with tags comes through it. */
export const apiKey = 'an-api-key-for-tests-of-more-than-twenty';

/** Runs until the process ends. */
export type Attack = (port: number) => Promise<never>;

/** Data that is no command of anybody: it fills. */
const filler = 'x'.repeat(30_000);
const { text, continuation, ping, pong } = opcodes;

const json = (...commands: object[]): Buffer =>
  frame({ opcode: text, payload: Buffer.from(commands.map((command) => JSON.stringify(command)).join('\n')) });
const hello = Buffer.concat([upgrade('/connection/websocket'), json({ id: 1, connect: {} })]);
const deflate = 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover';
const times = (count: number, one: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => one(index)));

interface Bout {
  port: number;
  /** Sent first. */
  opening: Buffer;
  /** Sent again and again, as fast as it is taken. Undefined: nothing. */
  again?: (() => Buffer) | undefined;
  /** Whether what comes back is never read. */
  isDeaf?: boolean;
  /** Time between two repetitions and between two connections, in milliseconds; what is not taken is waited for. */
  everyMs?: number;
}

/** One connection after another, each until the other side ends it. */
async function fight({ port, opening, again, isDeaf = false, everyMs = 10 }: Bout): Promise<never> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => socket.destroy());
    if (!isDeaf) socket.resume();
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.write(opening);
    if (again === undefined) await closed;
    else await repeat(socket, again, everyMs);
    await delay(everyMs);
  }
}

async function repeat(socket: Socket, again: () => Buffer, everyMs: number): Promise<void> {
  while (socket.writable) {
    if (!socket.write(again())) await drained(socket);
    await delay(everyMs);
  }
  socket.destroy();
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

function fights(count: number, bout: Bout | ((index: number) => Bout)): Promise<never> {
  const all = Array.from({ length: count }, (_, index) => fight(typeof bout === 'function' ? bout(index) : bout));
  return Promise.race(all);
}

/** Subscribers of a channel full of large messages that never read. */
function slowReaders(port: number, opening: Buffer): Promise<never> {
  const publisher = {
    port,
    opening: hello,
    again: () => json({ id: 3, publish: { channel: 'flood', data: filler } }),
    everyMs: 10,
  };
  return Promise.race([fights(20, { port, opening, isDeaf: true }), fight(publisher)]);
}

function post(path: string, body: string, headers: string[] = []): Buffer {
  return request(`POST ${path}`, [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);
}

const commands = (...all: object[]): string => all.map((command) => JSON.stringify(command)).join('\n');
const subscribed = (channel: string): object[] => [
  { id: 1, connect: {} },
  { id: 2, subscribe: { channel } },
];

const leaf = (val: string): object => ({ key: 'k', cmp: 'lt', val });
const manyNodes = { op: 'and', nodes: Array.from({ length: 490 }, (_, at) => leaf(`${at + 2}.${'0'.repeat(40)}1`)) };
const longNumber = leaf(`2.${'0'.repeat(60_000)}1`);

function filters(port: number): Promise<never> {
  const body = JSON.stringify({ channel: 'tags', data: 1, tags: { k: '1.5' } });
  const publish = post('/api/publish', body, [`X-API-Key: ${apiKey}`]);
  const subscribe = (tf: object) => Buffer.concat([hello, json({ id: 2, subscribe: { channel: 'tags', tf } })]);
  return Promise.race([
    fights(10, (index) => ({ port, opening: subscribe(index < 5 ? manyNodes : longNumber) })),
    fight({ port, opening: Buffer.of(), again: () => publish }),
  ]);
}

function track(port: number): Promise<never> {
  const keys = Array.from({ length: 2_000 }, (_, at) => `key-${at}`);
  const [iat, exp] = ['1', '0'];
  const signature = `${iat}:${exp}:${signatureMac(pollSecret, { iat, exp }, { user: '', channel: 'poll:a', keys })}`;
  const command = {
    id: 3,
    sub_refresh: { channel: 'poll:a', type: 1, track: [{ signature, items: keys.map((key) => ({ key })) }] },
  };
  const opening = Buffer.concat([hello, json({ id: 2, subscribe: { channel: 'poll:a', type: 4 } })]);
  return fights(10, { port, opening, again: () => json(command), everyMs: 200 });
}

/** All of them, by what they do. */
export const attacks: Readonly<Record<string, Attack>> = {
  'slow readers over WebSocket': (port) =>
    slowReaders(port, Buffer.concat([hello, json({ id: 2, subscribe: { channel: 'flood' } })])),
  'slow readers over HTTP-streaming': (port) =>
    slowReaders(port, post('/connection/http_stream', commands(...subscribed('flood')))),
  'slow readers over SSE': (port) => slowReaders(port, post('/connection/sse', commands(...subscribed('flood')))),
  'pings whose pongs nobody reads': (port) =>
    fights(5, {
      port,
      opening: hello,
      again: () => times(200, () => frame({ opcode: ping, payload: Buffer.alloc(125) })),
      isDeaf: true,
    }),
  'pongs without pings': (port) =>
    fights(5, { port, opening: hello, again: () => times(50, () => frame({ opcode: pong, payload: Buffer.of() })) }),
  'messages that are pongs': (port) => fights(5, { port, opening: hello, again: () => json({}) }),
  'replies that nobody reads': (port) =>
    fights(5, {
      port,
      opening: hello,
      again: () => times(50, (index) => json({ id: index + 2, history: { channel: 'flood', limit: 10 } })),
      isDeaf: true,
    }),
  'subscribes to thousands of channels': (port) => {
    const next = { number: 0 };
    const one = (): object => ({ id: 2, subscribe: { channel: `c${(next.number += 1)}` } });
    return fights(5, { port, opening: hello, again: () => json(...Array.from({ length: 100 }, one)) });
  },
  'tiny fragments': (port) => {
    const begin = frame({ opcode: text, payload: Buffer.of(), fin: false });
    const more = times(500, () => frame({ opcode: continuation, payload: Buffer.from(' '), fin: false }));
    return fights(5, { port, opening: Buffer.concat([hello, begin]), again: () => more });
  },
  'empty frames while a command waits': (port) => {
    const opening = Buffer.concat([hello, json({ id: 2, rpc: { method: 'hang' } })]);
    const empty = times(2_000, () => frame({ opcode: text, payload: Buffer.of() }));
    return fights(5, { port, opening, again: () => empty });
  },
  'huge frames': (port) => {
    const claimed = frame({ opcode: text, payload: Buffer.of(), claimedLength: 2n ** 62n });
    const large = frame({ opcode: text, payload: Buffer.alloc(700_000, 'x') });
    return fights(6, (index) => ({ port, opening: Buffer.concat([hello, index % 2 === 0 ? claimed : large]) }));
  },
  'compression bombs': (port) => {
    const bomb = frame({ opcode: text, payload: compress(Buffer.alloc(20_000_000, ' ')), reserved: 0x40 });
    return fights(4, {
      port,
      opening: Buffer.concat([upgrade('/connection/websocket', [deflate]), json({ id: 1, connect: {} }), bomb]),
    });
  },
  'filters as large as allowed': filters,
  'thousands of tracked keys': track,
  'pages of a map': (port) => {
    const fill = times(50, (index) =>
      json({ id: 2, publish: { channel: 'map:a', type: 1, key: `k${index}`, data: 'x'.repeat(500) } }),
    );
    const read = (): Buffer =>
      json(
        { id: 3, subscribe: { channel: 'map:a', type: 1, phase: 2, limit: 1 } },
        { id: 4, unsubscribe: { channel: 'map:a' } },
      );
    return fights(5, { port, opening: Buffer.concat([hello, fill]), again: read });
  },
  'emulation of sessions that are not there': (port) => {
    const body = JSON.stringify({ node: 'none', session: 'nobody', data: '{}' });
    return fights(5, { port, opening: Buffer.of(), again: () => times(20, () => post('/emulation', body)) });
  },
  'more connections than allowed': (port) => fights(600, { port, opening: hello }),
  'header bombs': (port) =>
    fights(5, {
      port,
      opening: request(
        'GET /connection/websocket',
        Array.from({ length: 1_500 }, (_, at) => `X-${at}: y`),
      ),
    }),
  'headers that never end': (port) =>
    fights(300, {
      port,
      opening: Buffer.from('GET / HTTP/1.1\r\n'),
      again: () => Buffer.from('X: y\r\n'),
      everyMs: 200,
    }),
  'bodies byte by byte': (port) => {
    const opening = request('POST /connection/http_stream', ['Transfer-Encoding: chunked']);
    const bytes = times(1_000, () => Buffer.from('1\r\nx\r\n'));
    return fights(10, { port, opening, again: () => bytes });
  },
  'calls to a backend that hangs': (port) =>
    fights(5, { port, opening: hello, again: () => json({ id: 2, rpc: { method: 'hang' } }) }),
  'peers that say nothing any more': (port) =>
    fights(200, (index) => ({
      port,
      opening: index % 2 === 0 ? hello : upgrade('/connection/websocket'),
      isDeaf: true,
    })),
};
