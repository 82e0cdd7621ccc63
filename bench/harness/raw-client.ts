// Decides how a benchmark client speaks WebSocket: by hand on a TCP socket, so that it costs next to nothing.
import { connect, type Socket } from 'node:net';

/** A masked frame: text from a string, binary from bytes; masked with zeros, which leaves the payload as it is. */
export function clientFrame(content: string | Buffer): Buffer {
  const payload = Buffer.from(content);
  const isShort = payload.length < 126;
  const header = Buffer.alloc((isShort ? 2 : 4) + 4);
  header[0] = typeof content === 'string' ? 0x81 : 0x82;
  header[1] = 0x80 | (isShort ? payload.length : 126);
  if (!isShort) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** Connects and asks for the upgrade; resolves when the server has agreed. What follows comes as `data`. */
export async function upgrade(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (answer: Buffer) => {
      if (answer.toString('latin1').startsWith('HTTP/1.1 101')) resolve(socket);
      else reject(new Error(`no upgrade: ${answer.toString('latin1').split('\r\n', 1)[0]}`));
    });
  });
}

/** Runs a job `count` times, `width` at a time. */
export async function inParallel(count: number, width: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await job(next - 1);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}
