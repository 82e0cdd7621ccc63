// A WebSocket client that sends and shows frames as they are.
import { once as emitted } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { until } from './once.ts';

/** A connection of which tests see every reply and the close. */
export interface RawClient {
  socket: WebSocket;
  /** Lines received so far, parsed. */
  replies: Record<string, unknown>[];
  /** Frames received so far. */
  frames: string[];
  send(...commands: (object | string)[]): void;
  /** Waits for the reply with this id. */
  reply(id: number): Promise<Record<string, unknown>>;
  /** Waits for the close and gives code and reason. */
  closed: Promise<[number, string]>;
}

/** Opens a connection that ends with the test. */
export async function openRaw(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<RawClient> {
  const socket = new WebSocket(url, { headers });
  const replies: Record<string, unknown>[] = [];
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => {
    frames.push(data.toString());
    for (const line of data.toString().split('\n')) replies.push(JSON.parse(line) as Record<string, unknown>);
  });
  const closed = emitted(socket, 'close').then(([code, reason]) => [code, String(reason)] as [number, string]);
  t.after(() => socket.terminate());
  await emitted(socket, 'open');
  return {
    socket,
    replies,
    frames,
    closed,
    send(...commands) {
      socket.send(
        commands.map((command) => (typeof command === 'string' ? command : JSON.stringify(command))).join('\n'),
      );
    },
    async reply(id) {
      const find = () => replies.find((reply) => reply['id'] === id);
      await until(`reply ${id}`, () => find() !== undefined);
      return find() ?? {};
    },
  };
}
