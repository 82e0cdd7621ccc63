// Decides how a benchmark sends many equal HTTP requests: on raw keep-alive sockets, as many in flight as it wants.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MarkCounter } from './mark-counter.ts';

/** A POST request as bytes, with a JSON body. */
export function postRequest(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Buffer {
  const text = JSON.stringify(body);
  const lines = Object.entries({
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
}

interface Lane {
  readonly socket: Socket;
  readonly counter: MarkCounter;
  onAnswers: (count: number) => void;
}

/** Keep-alive connections to one server. */
export class HttpLoad {
  readonly #lanes: Lane[];

  private constructor(lanes: Lane[]) {
    this.#lanes = lanes;
  }

  /** Opens the connections. Every answer of the server must have status 200; any other is never counted. */
  static async open(port: number, connections: number): Promise<HttpLoad> {
    const lanes = Array.from({ length: connections }, () => openLane(port));
    await Promise.all(lanes.map(({ socket }) => once(socket, 'connect')));
    return new HttpLoad(lanes);
  }

  /**
   * Sends `count` requests over all connections, on each at most `depth` at a time, and waits for the answers. `count` is a
   * multiple of both together.
   */
  async send(requestOf: (serial: number) => Buffer, count: number, depth: number): Promise<void> {
    let sent = 0;
    const batches = count / this.#lanes.length / depth;
    if (!Number.isInteger(batches)) throw new TypeError(`${count} requests cannot be shared out evenly`);
    const nextBatch = (): Buffer => {
      const batch = Array.from({ length: depth }, (_, index) => requestOf(sent + index));
      sent += depth;
      return Buffer.concat(batch);
    };
    await Promise.all(this.#lanes.map((lane) => sendBatches(lane, nextBatch, { batches, depth })));
  }

  /** Sends one request on the connection with this number (taken round), without waiting. */
  fire(request: Buffer, number: number): void {
    this.#lanes[number % this.#lanes.length]?.socket.write(request);
  }

  close(): void {
    for (const { socket } of this.#lanes) socket.destroy();
  }
}

function openLane(port: number): Lane {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const lane: Lane = { socket, counter: new MarkCounter('HTTP/1.1 200'), onAnswers: () => undefined };
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('end', () => {
    throw new Error('the server closed a keep-alive connection: no load may pause that long');
  });
  socket.on('data', (chunk: Buffer) => lane.onAnswers(lane.counter.count(chunk)));
  return lane;
}

/** One batch at a time, each in one write. */
function sendBatches(
  lane: Lane,
  nextBatch: () => Buffer,
  { batches, depth }: { batches: number; depth: number },
): Promise<void> {
  return new Promise((resolve) => {
    let left = batches;
    let awaited = 0;
    const next = (): void => {
      if (left === 0) return resolve();
      left -= 1;
      awaited = depth;
      lane.socket.write(nextBatch());
    };
    lane.onAnswers = (count) => {
      awaited -= count;
      if (awaited === 0) next();
    };
    next();
  });
}
