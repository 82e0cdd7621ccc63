// Decides how the checker stands between a client and the server: it cuts, freezes, and plants faults on the wire.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** A fault that the checker has to notice: one publication in `every` is dropped, doubled, or swapped with the next. */
export type Fault = { kind: 'drop' | 'double' | 'swap'; every: number };

/** A WebSocket relay in front of the server, one for each client. */
export interface Wire {
  /** Where the client connects to instead of the server. */
  url: string;
  /** Cuts the present connection without a close frame. */
  cut(): void;
  /** Stops reading from the server for `milliseconds`, as a slow reader does. */
  freeze(milliseconds: number): void;
  close(): Promise<void>;
}

/** The channel of a publication line; undefined for everything else. */
const channelOf = (line: string): string | undefined =>
  line.includes('"pub":') ? /^\{"push":\{"channel":"([^"]+)"/.exec(line)?.[1] : undefined;

/** Returns a function that carries a frame of JSON lines over with `fault` planted in each channel's publications. */
export function plant(fault: Fault | undefined): (frame: string) => string {
  if (fault === undefined) return (frame) => frame;
  const counts = new Map<string, number>();
  const held = new Map<string, string>();
  const carry = (line: string): string[] => {
    const channel = channelOf(line);
    if (channel === undefined) return [line];
    const waiting = held.get(channel);
    if (waiting !== undefined) {
      held.delete(channel);
      return [line, waiting];
    }
    const count = (counts.get(channel) ?? 0) + 1;
    counts.set(channel, count);
    if (count % fault.every !== 0) return [line];
    if (fault.kind === 'double') return [line, line];
    if (fault.kind === 'swap') held.set(channel, line);
    return [];
  };
  return (frame) => frame.split('\n').flatMap(carry).join('\n');
}

/** Starts a relay to `target` (a ws:// address) on a free port of the loopback. */
export async function createWire(target: string, fault?: Fault): Promise<Wire> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  let down: WebSocket | undefined;
  let up: WebSocket | undefined;
  const end = (): void => {
    down?.terminate();
    up?.terminate();
    down = up = undefined;
  };
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => {
      end();
      const carry = plant(fault);
      const server = new WebSocket(target, {
        headers: request.headers.origin ? { origin: request.headers.origin } : {},
      });
      [down, up] = [client, server];
      const waiting: string[] = [];
      client.on('message', (data: Buffer) => {
        if (server.readyState === WebSocket.OPEN) server.send(data.toString());
        else waiting.push(data.toString());
      });
      server.on('open', () => waiting.splice(0).forEach((frame) => server.send(frame)));
      server.on('message', (data: Buffer) => {
        const frame = carry(data.toString());
        if (frame !== '' && client.readyState === WebSocket.OPEN) client.send(frame);
      });
      const finish = (from: WebSocket, to: WebSocket): void => {
        from.on('error', () => to.terminate());
        from.on('close', (code, reason) => {
          if (code >= 3000 && to.readyState === WebSocket.OPEN) to.close(code, reason);
          else to.terminate();
        });
      };
      finish(client, server);
      finish(server, client);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/connection/websocket`,
    cut: end,
    freeze(milliseconds) {
      const frozen = up;
      frozen?.pause();
      setTimeout(() => frozen?.resume(), milliseconds);
    },
    async close() {
      end();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
