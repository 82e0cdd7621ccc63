// Decides how a request for a WebSocket is refused before it becomes one.
import type { Duplex } from 'node:stream';
import { limits } from '../limits.ts';

/** An HTTP answer in place of an upgrade. `headers` are whole lines. */
export interface UpgradeRefusal {
  readonly status: string;
  readonly text: string;
  readonly headers?: readonly string[];
}

/** The origin is not allowed. */
export const originRefused: UpgradeRefusal = {
  status: '403 Forbidden',
  text: 'origin not allowed: add it to client.allowed_origins',
};

/** There are too many connections, or they come too fast. */
export const noMoreConnections: UpgradeRefusal = { status: '503 Service Unavailable', text: 'no more connections' };

/** Answers and ends the connection; a peer that does not end its side is cut off. */
export function refuseUpgrade(socket: Duplex, { status, text, headers = [] }: UpgradeRefusal): void {
  // A peer that is gone already must not end the process.
  socket.on('error', () => socket.destroy());
  const lines = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...headers,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
  const timer = setTimeout(() => socket.destroy(), limits.refusalLingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}
