// Decides in which ways the official client connects: each transport with each encoding that it has.
import { after } from 'node:test';
import { Centrifuge, type Options, type TransportEndpoint } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';

/** One way to connect. */
export interface Way {
  readonly name: string;
  /** What the application gives and gets as payload: a value with JSON, bytes with Protobuf. */
  encode(value: unknown): unknown;
  decode(payload: unknown): unknown;
  /** A client that is disconnected when the file's tests are over. */
  client(url: string, options?: Partial<Options>): Centrifuge;
}

type Transport = TransportEndpoint['transport'];

function wayOf(encoding: 'json' | 'protobuf', transport: Transport): Way {
  const isJson = encoding === 'json';
  return {
    name: `${transport} ${encoding}`,
    encode: (value) => (isJson ? value : new TextEncoder().encode(JSON.stringify(value))),
    decode: (payload) => (isJson ? payload : JSON.parse(new TextDecoder().decode(payload as Uint8Array))),
    client(url, options) {
      const endpoint = `${transport === 'websocket' ? url.replace('http', 'ws') : url}/connection/${transport}`;
      // Both builds have one interface, though their types have private members of their own.
      const Client = isJson ? Centrifuge : (ProtobufCentrifuge as unknown as typeof Centrifuge);
      const client = new Client([{ transport, endpoint }], {
        websocket: WebSocket,
        fetch,
        readableStream: ReadableStream,
        eventsource: EventSource,
        emulationEndpoint: `${url}/emulation`,
        minReconnectDelay: 50,
        ...options,
      });
      after(() => client.disconnect());
      return client;
    },
  };
}

/** JSON over WebSocket. */
export const plainWay = wayOf('json', 'websocket');

/** Protobuf over WebSocket. */
export const protobufWay = wayOf('protobuf', 'websocket');

/** Both encodings over WebSocket. */
export const encodings: readonly Way[] = [plainWay, protobufWay];

/** All ways. */
export const ways: readonly Way[] = [
  ...encodings,
  wayOf('json', 'http_stream'),
  wayOf('protobuf', 'http_stream'),
  wayOf('json', 'sse'),
];
