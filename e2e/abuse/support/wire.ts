// Decides how tests speak to a port in bytes: what is sent, in which pieces, how it ends, and what came back.
import { connect } from 'node:net';

/** What is sent. */
export interface Sending {
  bytes: Buffer;
  /** Bytes of one write; undefined: all at once. */
  pieceBytes?: number | undefined;
  /** What happens when all is sent: wait for the other side, end our side, or break off. */
  ending: 'wait' | 'end' | 'break off';
  /** Ends the talk when what came so far is enough. */
  isEnough?: (answer: Buffer) => boolean;
}

const deadlineMs = 10_000;

/**
 * Sends bytes and gives all that came back until the connection ended.
 *
 * @throws Error when it does not end in time: the other side hangs
 */
export function talk(port: number, { bytes, pieceBytes = Infinity, ending, isEnough }: Sending): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(
          `no end after ${deadlineMs} ms; it said ${JSON.stringify(Buffer.concat(chunks).toString('latin1').slice(0, 500))}`,
        ),
      );
    }, deadlineMs);
    // How it broke off does not matter: it is over.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (isEnough?.(Buffer.concat(chunks)) === true) socket.destroy();
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    socket.setNoDelay(true);
    socket.on('connect', () => {
      const size = Math.max(Math.min(pieceBytes, bytes.length), 1);
      for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
      if (ending === 'end') socket.end();
      else if (ending === 'break off') socket.destroy();
    });
  });
}

/** An HTTP/1.1 request. Names and values stand as they are given. */
export function request(target: string, headers: readonly string[] = [], body: Uint8Array | string = ''): Buffer {
  const [method = 'GET', path = '/'] = target.split(' ');
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: a', ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** An upgrade request with more header lines. */
export function upgrade(path: string, headers: readonly string[] = []): Buffer {
  return request(`GET ${path}`, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
  ]);
}

/** Status and body of the first answer in some bytes; status 0: there is none. */
export function readAnswer(bytes: Buffer): { status: number; head: string; rest: Buffer } {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, end === -1 ? 0 : end).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, head, rest: end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 4) };
}
