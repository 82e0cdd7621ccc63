// Decides how WebSocket connections are accepted, read and written.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Disconnect, disconnects } from '@parley/protocol';
import { type RawData, type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { receive } from '../commands/dispatch.ts';
import type { GatewayContext } from '../context.ts';
import { globMatcher } from '../glob.ts';
import { limits } from '../limits.ts';
import { background } from '../log.ts';
import { scheduleNext } from '../operations/attend.ts';
import { connectionEnded, disconnect } from '../operations/disconnect.ts';
import { Session } from '../session/session.ts';
import type { Transport } from '../session/transport.ts';
import { Admission } from './admission.ts';
import { jsonOverWebSocket } from './websocket-frames.ts';

/** The door for WebSocket connections. */
export interface WebSocketDoor {
  /** Takes an upgrade request that is for its path; false if it is not. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Lets nobody in any more, closes all with 3001 and resolves when they are gone, at the latest after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
  /** Sockets that are open or closing. */
  readonly openSockets: number;
}

/** Makes the door. `newClientId` gives an unguessable id for each connection. */
export function createWebSocketDoor(context: GatewayContext, newClientId: () => string): WebSocketDoor {
  const { websocket, client } = context.config;
  // `closeTimeout` is documented by ws 8.23 and missing in its types.
  const serverOptions: ServerOptions<typeof GatewaySocket> & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    maxPayload: websocket.message_size_limit,
    closeTimeout: limits.closeTimeoutMs,
    WebSocket: GatewaySocket,
    handleProtocols: (offered) => (offered.has('centrifuge-json') ? 'centrifuge-json' : false),
  };
  const server = new WebSocketServer<typeof GatewaySocket>(serverOptions);
  const origins = client.allowed_origins.map((pattern) => globMatcher(pattern.toLowerCase()));
  const door = new OpenSockets();
  const admission = new Admission();
  let isClosed = false;

  function open(ws: GatewaySocket, socket: Duplex): void {
    const now = context.clock.now();
    const { sessionSettings: settings } = context;
    const transport = new WebSocketTransport(ws, socket);
    const session = new Session(newClientId(), transport, { settings, connectUntil: now + client.stale_close_delay });
    ws.bind = { context, session, door };
    door.add(ws);
    ws.on('message', onMessage);
    ws.on('close', onClose);
    ws.on('error', onError);
    scheduleNext(context, session);
  }

  function admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isFull = client.connection_limit > 0 && door.size >= client.connection_limit;
    if (isFull) context.metrics.store.count('centrifugo_node_client_connection_limit');
    if (isFull || isClosed) answer(socket, noMoreConnections);
    else server.handleUpgrade(request, socket, head, (ws) => open(ws, socket));
  }

  return {
    get openSockets() {
      return door.size;
    },
    async close(timeoutMs) {
      isClosed = true;
      for (const { bind } of door.all()) {
        if (bind !== undefined) background(context.log, disconnect(context, bind.session, disconnects.shutdown));
      }
      await door.emptied(timeoutMs);
      for (const ws of door.all()) ws.terminate();
    },
    handleUpgrade(request, socket, head) {
      // Not `new URL`: it throws on what a stranger may send as a path.
      const [path, query] = (request.url ?? '').split('?', 2);
      if (path !== websocket.handler_prefix) return false;
      const refusal = refuseUpgrade({ request, query: new URLSearchParams(query), origins });
      if (refusal !== undefined) answer(socket, refusal);
      else if (!admission.pass(socket, () => admit(request, socket, head))) answer(socket, noMoreConnections);
      return true;
    },
  };
}

interface Bind {
  readonly context: GatewayContext;
  readonly session: Session;
  readonly door: OpenSockets;
}

/** Sockets that are open or closing. */
class OpenSockets {
  readonly #sockets = new Set<GatewaySocket>();
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#sockets.size;
  }

  all(): GatewaySocket[] {
    return [...this.#sockets];
  }

  add(ws: GatewaySocket): void {
    this.#sockets.add(ws);
  }

  remove(ws: GatewaySocket): void {
    this.#sockets.delete(ws);
    if (this.#sockets.size === 0) this.#onEmpty?.();
  }

  /** Resolves when there are none, or after a time. */
  async emptied(timeoutMs: number): Promise<void> {
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A socket that knows its session, so that its listeners can be shared by all. */
class GatewaySocket extends WebSocket {
  bind: Bind | undefined;
}

function bindOf(ws: WebSocket): Bind | undefined {
  return ws instanceof GatewaySocket ? ws.bind : undefined;
}

// Payloads arrive as one Buffer: that is ws' default `binaryType`.
function onMessage(this: WebSocket, data: RawData): void {
  const bind = bindOf(this);
  if (bind !== undefined && Buffer.isBuffer(data)) receive(bind.context, bind.session, data);
}

function onClose(this: WebSocket): void {
  if (!(this instanceof GatewaySocket) || this.bind === undefined) return;
  const { context, session, door } = this.bind;
  this.bind = undefined;
  door.remove(this);
  background(context.log, connectionEnded(context, session));
}

// ws has chosen the close code (1009 for a message that is too large, 1007 for broken UTF-8) and closes after this.
function onError(this: WebSocket, error: Error): void {
  const bind = bindOf(this);
  bind?.context.log.debug({ client: bind.session.clientId, reason: error.message }, 'websocket error');
}

class WebSocketTransport implements Transport {
  readonly #ws: GatewaySocket;
  readonly #socket: Duplex;

  constructor(ws: GatewaySocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
  }

  get name(): string {
    return 'websocket';
  }

  get isUnidirectional(): boolean {
    return false;
  }

  get sessionId(): undefined {
    return undefined;
  }

  get pingsItself(): boolean {
    return false;
  }

  get headers(): undefined {
    return undefined;
  }

  get format(): typeof jsonOverWebSocket {
    return jsonOverWebSocket;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  // Whole frames go past ws to the socket that was upgraded. That is sound because ws writes each of its own frames
  // (pong, close) in one piece, compression is off, and nothing is written after a close.
  write(bytes: Buffer): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#socket.write(bytes);
  }

  close({ code, reason }: Disconnect): void {
    this.#ws.resume();
    this.#ws.close(code, reason);
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }
}

interface HttpRefusal {
  status: string;
  text: string;
}

const noMoreConnections: HttpRefusal = { status: '503 Service Unavailable', text: 'no more connections' };

function refuseUpgrade(input: {
  request: IncomingMessage;
  query: URLSearchParams;
  origins: readonly ((origin: string) => boolean)[];
}): HttpRefusal | undefined {
  const { request, query, origins } = input;
  const origin = request.headers.origin?.toLowerCase();
  if (origin !== undefined && !origins.some((isAllowed) => isAllowed(origin))) {
    return { status: '403 Forbidden', text: 'origin not allowed: add it to client.allowed_origins' };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const wantsProtobuf =
    query.get('format') === 'protobuf' ||
    query.get('cf_protocol') === 'protobuf' ||
    (offered.includes('centrifuge-protobuf') && !offered.includes('centrifuge-json'));
  return wantsProtobuf ? { status: '400 Bad Request', text: 'only the JSON protocol is supported' } : undefined;
}

function answer(socket: Duplex, { status, text }: HttpRefusal): void {
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
