// Decides how one WebSocket connection is read, written, pinged and closed.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Disconnect } from '@parley/protocol';
import { type RawData, WebSocket } from 'ws';
import type { WireFormat } from '../hub/message.ts';
import { limits } from '../limits.ts';
import { background } from '../log.ts';
import { scheduleNext } from '../operations/attend.ts';
import { connectionEnded } from '../operations/disconnect.ts';
import { Session } from '../session/session.ts';
import type { Transport } from '../session/transport.ts';
import type { OpenConnection } from './doors.ts';
import { connectUntil, type DoorPorts } from './ports.ts';

/** What connections of one kind have in common; one object for all of them. */
export interface SocketKind {
  readonly name: string;
  readonly format: WireFormat;
  readonly isUnidirectional: boolean;
  readonly pingsItself: boolean;
  /** Whether pings of WebSocket are sent and have to be answered. */
  readonly usesPingFrames: boolean;
  readonly writeTimeoutMs: number;
  /** Whether the client is told of the end by a push, and by a close frame. */
  readonly endsWithPush: boolean;
  readonly endsWithFrame: boolean;
  readonly ports: DoorPorts;
  /** Takes a message of the client. */
  receive(connection: WebSocketTransport, message: Buffer): void;
}

/** What became a WebSocket. */
export interface Upgraded {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
}

/** A socket that knows its connection, so that its listeners can be shared by all. */
export class GatewaySocket extends WebSocket {
  connection: WebSocketTransport | undefined;
}

/** Makes an upgraded socket a connection that waits for its connect. */
export function openSocket(ws: GatewaySocket, upgraded: Upgraded, kind: SocketKind): WebSocketTransport {
  const connection = new WebSocketTransport(ws, upgraded, kind);
  ws.connection = connection;
  ws.on('message', onMessage);
  ws.on('close', onClose);
  ws.on('error', onError);
  if (kind.usesPingFrames) ws.on('pong', onPong);
  kind.ports.doors.add(connection);
  scheduleNext(kind.ports.context, connection.session);
  return connection;
}

function connectionOf(ws: WebSocket): WebSocketTransport | undefined {
  return ws instanceof GatewaySocket ? ws.connection : undefined;
}

// Payloads arrive as one Buffer: that is ws' default `binaryType`.
function onMessage(this: WebSocket, data: RawData): void {
  const connection = connectionOf(this);
  if (connection !== undefined && Buffer.isBuffer(data)) connection.kind.receive(connection, data);
}

function onPong(this: WebSocket): void {
  const phase = connectionOf(this)?.session.phase;
  if (phase?.name === 'connected') phase.pongDueAt = undefined;
}

function onClose(this: WebSocket): void {
  if (!(this instanceof GatewaySocket) || this.connection === undefined) return;
  const { connection } = this;
  const { context, doors } = connection.kind.ports;
  this.connection = undefined;
  doors.remove(connection);
  background(context.log, connectionEnded(context, connection.session));
}

// ws has chosen the close code (1009 for a message that is too large, 1007 for broken UTF-8) and closes after this.
function onError(this: WebSocket, error: Error): void {
  const connection = connectionOf(this);
  const fields = { client: connection?.session.clientId, reason: error.message };
  connection?.kind.ports.context.log.debug(fields, 'websocket error');
}

/** One WebSocket connection. */
export class WebSocketTransport implements Transport, OpenConnection {
  readonly #ws: GatewaySocket;
  readonly #socket: Duplex;
  readonly kind: SocketKind;
  readonly session: Session;
  /** The secret of unidirectional connections, by which the backend can name them. */
  readonly sessionId: string | undefined;
  readonly headers: Transport['headers'];
  writtenBytes = 0;
  /** Whether what the client sends is ignored from now on. */
  isDeaf = false;

  constructor(ws: GatewaySocket, { socket, request }: Upgraded, kind: SocketKind) {
    const { context, keepHeaders, newClientId, newSessionId } = kind.ports;
    this.#ws = ws;
    this.#socket = socket;
    this.kind = kind;
    this.headers = keepHeaders(request.headers);
    this.sessionId = kind.isUnidirectional ? newSessionId() : undefined;
    this.session = new Session(newClientId(), this, {
      settings: context.sessionSettings,
      connectUntil: connectUntil(context),
    });
  }

  get name(): string {
    return this.kind.name;
  }

  get isUnidirectional(): boolean {
    return this.kind.isUnidirectional;
  }

  get pingsItself(): boolean {
    return this.kind.pingsItself;
  }

  get format(): WireFormat {
    return this.kind.format;
  }

  get writeTimeoutMs(): number {
    return this.kind.writeTimeoutMs;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  // Whole frames go past ws to the socket that was upgraded. That is sound because ws writes each of its own frames
  // (pong, ping, close) in one piece, compresses nothing itself, and nothing is written after a close.
  write(bytes: Buffer): void {
    if (this.#ws.readyState !== WebSocket.OPEN || bytes.length === 0) return;
    this.writtenBytes += bytes.length;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > 0) this.kind.ports.doors.watchWrites(this);
  }

  ping(): boolean {
    if (this.kind.usesPingFrames && this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
    return this.kind.usesPingFrames;
  }

  close(disconnect: Disconnect): void {
    this.#ws.resume();
    if (this.kind.endsWithPush) {
      const push = this.format.codec.encodePush({ name: 'disconnect', disconnect });
      if (push !== undefined) this.write(this.format.frame([push]));
    }
    if (this.kind.endsWithFrame) {
      this.#ws.close(disconnect.code, disconnect.reason);
      return;
    }
    this.#socket.end();
    const timer = setTimeout(() => this.cut(), limits.closeTimeoutMs).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  cut(): void {
    this.#ws.terminate();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }
}
