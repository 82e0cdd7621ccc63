// A child process that opens connections, each with its token and a subscription of its own, and keeps them.
import { clientFrame, inParallel, upgrade } from './raw-client.ts';
import { signToken } from './tokens.ts';

/** What a parent orders: connections with the numbers `from` to `from + count`. */
export interface ConnectOrder {
  port: number;
  from: number;
  count: number;
}

process.on('message', ({ port, from, count }: ConnectOrder) => {
  void inParallel(count, 20, async (index) => {
    const user = `user-${from + index}`;
    const first = clientFrame(
      `{"id":1,"connect":{"token":"${signToken(user)}"}}\n{"id":2,"subscribe":{"channel":"room-${from + index}"}}`,
    );
    const socket = await upgrade(port, '/connection/websocket');
    socket.write(first);
    // Both replies leave in one frame.
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.resume();
  }).then(() => process.send?.('done'));
});
