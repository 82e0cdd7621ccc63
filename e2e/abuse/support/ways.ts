// Decides how one conversation of commands is held over each bidirectional transport in each encoding.
import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import { officialCodec, officialFromJson } from '../../../packages/protocol/src/testing/official-codec.ts';

/** A way to talk. */
export interface Way {
  readonly name: string;
  readonly transport: 'websocket' | 'http_stream' | 'sse';
  readonly isProtobuf: boolean;
}

/** All of them. */
export const ways: readonly Way[] = [
  { name: 'JSON over WebSocket', transport: 'websocket', isProtobuf: false },
  { name: 'Protobuf over WebSocket', transport: 'websocket', isProtobuf: true },
  { name: 'JSON over HTTP-streaming', transport: 'http_stream', isProtobuf: false },
  { name: 'Protobuf over HTTP-streaming', transport: 'http_stream', isProtobuf: true },
  { name: 'JSON over SSE', transport: 'sse', isProtobuf: false },
];

/** What came back: replies and pushes as the encoding gives them, and the code of the end, if the server ended it. */
export interface Talked {
  replies: Record<string, unknown>[];
  endedWith: number | undefined;
}

const probeId = 0xffff_fffe;
const probe = { id: probeId, rpc: {} };
const deadlineMs = 10_000;

/**
 * Connects, sends frames of commands one after another, asks at the end whether somebody is still there, and leaves.
 *
 * @param frames each a list of commands; the first one is sent after the connect
 * @throws Error when neither an answer nor an end comes in time
 */
export function converse(port: number, way: Way, frames: readonly (readonly object[])[]): Promise<Talked> {
  const all = [[{ id: 1, connect: {} }], ...frames, [probe]].map((commands) => encode(way, commands));
  return way.transport === 'websocket' ? overWebSocket(port, way, all) : overStream(port, way, all);
}

function encode({ isProtobuf }: Way, commands: readonly object[]): Buffer {
  const lines = commands.map((command) => JSON.stringify(command));
  return isProtobuf
    ? Buffer.from(officialCodec.encodeCommands(lines.map(officialFromJson)))
    : Buffer.from(lines.join('\n'));
}

const isProbe = ({ id }: Record<string, unknown>): boolean => id === probeId;

function overWebSocket(port: number, { isProtobuf }: Way, frames: readonly Buffer[]): Promise<Talked> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/connection/websocket`,
    isProtobuf ? ['centrifuge-protobuf'] : [],
    { perMessageDeflate: false },
  );
  const replies: Record<string, unknown>[] = [];
  return withDeadline(
    'WebSocket',
    () => socket.terminate(),
    (done) => {
      socket.on('open', () => {
        for (const frame of frames) socket.send(frame, { binary: isProtobuf });
      });
      socket.on('message', (data: Buffer) => {
        replies.push(...decodeAll(isProtobuf, data));
        if (replies.some(isProbe)) done({ replies, endedWith: undefined });
      });
      socket.on('error', () => socket.terminate());
      socket.on('close', (code) => done({ replies, endedWith: code }));
    },
  );
}

function decodeAll(isProtobuf: boolean, data: Buffer): Record<string, unknown>[] {
  if (isProtobuf) return officialCodec.decodeReplies(data);
  return data
    .toString()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function overStream(port: number, way: Way, [first, ...frames]: readonly Buffer[]): Promise<Talked> {
  const headers = way.isProtobuf ? { 'Content-Type': 'application/octet-stream' } : {};
  const outgoing = httpRequest({
    port,
    host: '127.0.0.1',
    path: `/connection/${way.transport}`,
    method: 'POST',
    headers,
    agent: false,
  });
  const read = createReader(way);
  return withDeadline(
    way.name,
    () => outgoing.destroy(),
    (done, fail) => {
      let posts: Promise<void> | undefined;
      const end = (): void => {
        const last = read.replies.at(-1) as { push?: { disconnect?: { code: number } } } | undefined;
        const code = last?.push?.disconnect?.code;
        const replies = code === undefined ? read.replies : read.replies.slice(0, -1);
        done({ replies, endedWith: code });
      };
      outgoing.on('error', () => {});
      outgoing.on('response', (response) => {
        response.on('error', () => {});
        response.on('data', (chunk: Buffer) => {
          read.take(chunk);
          const connected = read.replies.find(({ id }) => id === 1)?.['connect'] as
            | { node: string; session: string }
            | undefined;
          if (connected !== undefined) posts ??= postAll(port, way, { ...connected, frames }).catch(fail);
          if (read.replies.some(isProbe)) end();
        });
        response.on('close', end);
      });
      outgoing.end(first);
    },
  );
}

interface Posts {
  node: string;
  session: string;
  frames: readonly Buffer[];
}

async function postAll(port: number, { isProtobuf }: Way, { node, session, frames }: Posts): Promise<void> {
  for (const frame of frames) {
    const body = isProtobuf
      ? officialCodec.encodeEmulationRequest({ node, session, data: frame })
      : JSON.stringify({ node, session, data: frame.toString() });
    const { status } = await fetch(`http://127.0.0.1:${port}/emulation`, {
      method: 'POST',
      headers: isProtobuf ? { 'Content-Type': 'application/octet-stream' } : {},
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
    if (status !== 204) throw new Error(`/emulation answered ${status}`);
  }
}

/** Reads replies out of a body that comes in pieces. */
function createReader({ transport, isProtobuf }: Way): {
  replies: Record<string, unknown>[];
  take(chunk: Buffer): void;
} {
  const replies: Record<string, unknown>[] = [];
  const separator = transport === 'sse' ? '\n\n' : '\n';
  let rest: Buffer = Buffer.alloc(0);
  return {
    replies,
    take(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const next = isProtobuf ? sizedEnd(rest) : endOf(rest, separator);
        if (next === undefined) return;
        const piece = rest.subarray(0, next);
        rest = rest.subarray(next);
        if (isProtobuf) replies.push(...officialCodec.decodeReplies(piece));
        else
          replies.push(
            JSON.parse(
              piece
                .toString()
                .trim()
                .replace(/^data: /, ''),
            ) as Record<string, unknown>,
          );
      }
    },
  };
}

function endOf(bytes: Buffer, separator: string): number | undefined {
  const at = bytes.indexOf(separator);
  return at === -1 ? undefined : at + separator.length;
}

/** Where a message behind its length ends. */
function sizedEnd(bytes: Buffer): number | undefined {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.readUInt8(at);
    length |= (byte & 127) << (7 * at);
    if (byte < 128) return at + 1 + length <= bytes.length ? at + 1 + length : undefined;
  }
  return undefined;
}

function withDeadline<T>(
  what: string,
  leave: () => void,
  begin: (done: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      leave();
    };
    const fail = (error: Error): void => {
      finish();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`${what}: neither an answer nor an end after ${deadlineMs} ms`)),
      deadlineMs,
    );
    begin((value) => {
      finish();
      resolve(value);
    }, fail);
  });
}
