// Decides what the backend of shared polls knows: the tests set its keys, the gateway asks for them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';

interface Question {
  channel: string;
  items: { key: string; version?: number }[];
}

/** A backend that answers for keys which it knows and leaves out the others. */
export interface PollBackend {
  readonly port: number;
  /** Sets a key of a channel. */
  set(channel: string, key: string, value: { data: unknown; version: number }): void;
  /** From now on the key is gone. */
  remove(channel: string, key: string): void;
  /** How often the key was asked for. */
  asked(channel: string, key: string): number;
}

/** Starts the backend on a free port; it ends with the file's tests. */
export async function startPollBackend(): Promise<PollBackend> {
  const known = new Map<string, object>();
  const counts = new Map<string, number>();
  const nameOf = (channel: string, key: string): string => `${channel} ${key}`;
  const answer = ({ channel, items }: Question): object => ({
    result: {
      items: items.flatMap(({ key }) => {
        const name = nameOf(channel, key);
        counts.set(name, (counts.get(name) ?? 0) + 1);
        const value = known.get(name);
        return value === undefined ? [] : [{ key, ...value }];
      }),
    },
  });
  const server = createServer((request, response) => {
    text(request).then(
      (body) => response.end(JSON.stringify(answer(JSON.parse(body) as Question))),
      (error: unknown) => response.destroy(error as Error),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    port: (server.address() as AddressInfo).port,
    set: (channel, key, value) => void known.set(nameOf(channel, key), value),
    remove: (channel, key) => void known.set(nameOf(channel, key), { removed: true }),
    asked: (channel, key) => counts.get(nameOf(channel, key)) ?? 0,
  };
}
