// Decides how an HTTP connection becomes a WebSocket: sizes, subprotocols, and whether it is compressed.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { GatewayConfig } from '../config.ts';
import { limits } from '../limits.ts';
import type { FrameOptions } from './websocket-frames.ts';
import { GatewaySocket } from './websocket-transport.ts';

/** The options of one WebSocket section of the configuration that concern frames. */
export type FrameSettings = Pick<
  GatewayConfig['websocket'],
  | 'message_size_limit'
  | 'decompressed_message_size_limit'
  | 'compression'
  | 'compression_level'
  | 'compression_min_size'
  | 'write_timeout'
>;

/** How frames of this section are compressed where that was agreed. */
export function compressionOf(settings: FrameSettings): NonNullable<FrameOptions['compression']> {
  return { level: settings.compression_level, minBytes: settings.compression_min_size };
}

/** What was agreed in the handshake. */
export interface Agreed {
  /** "" is none. */
  readonly protocol: string;
  readonly isCompressed: boolean;
}

/** Answers a handshake; `opened` is called if it was good. */
export type Upgrade = (
  parts: { request: IncomingMessage; socket: Duplex; head: Buffer },
  opened: (ws: GatewaySocket, agreed: Agreed) => void,
) => void;

/** Makes the answering side. `choose` picks one of the subprotocols that a client offers, or none. */
export function createUpgrade(
  settings: FrameSettings,
  choose: (offered: ReadonlySet<string>) => string | false,
): Upgrade {
  const plain = createServer(choose, { perMessageDeflate: false, maxPayload: settings.message_size_limit });
  const compressing = settings.compression ? createServer(choose, deflateOptions(settings)) : undefined;
  return ({ request, socket, head }, opened) => {
    // ws refuses an empty header with 400; clients send it that were told to offer an empty list.
    if (request.headers['sec-websocket-protocol']?.trim() === '') delete request.headers['sec-websocket-protocol'];
    const server = compressing !== undefined && offersOurDeflate(request) ? compressing : plain;
    server.handleUpgrade(request, socket, head, (ws) =>
      opened(ws, { protocol: ws.protocol, isCompressed: ws.extensions !== '' }),
    );
  };
}

// ws only has to read what is compressed, and to agree; what we send is compressed once for all connections, by websocket-frames.ts.
// One bound holds for a message before and after decompression, so that it is the larger one.
function deflateOptions(settings: FrameSettings): ServerOptions<typeof GatewaySocket> {
  const { message_size_limit: size, decompressed_message_size_limit: decompressed } = settings;
  return {
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    maxPayload: decompressed === 0 ? size * 10 : decompressed,
  };
}

// A client that wants a smaller window would need frames of its own.
function offersOurDeflate({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-extensions'] ?? '';
  return offered.includes('permessage-deflate') && !offered.includes('server_max_window_bits');
}

function createServer(
  choose: (offered: ReadonlySet<string>) => string | false,
  options: ServerOptions<typeof GatewaySocket>,
) {
  // `closeTimeout` is documented by ws 8.23 and missing in its types.
  const serverOptions: ServerOptions<typeof GatewaySocket> & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    skipUTF8Validation: false,
    closeTimeout: limits.closeTimeoutMs,
    maxFragments: limits.maxMessageFragments,
    WebSocket: GatewaySocket,
    handleProtocols: choose,
    ...options,
  };
  return new WebSocketServer<typeof GatewaySocket>(serverOptions);
}
