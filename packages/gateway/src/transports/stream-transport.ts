// Decides how a connection lives in the body of one HTTP response: when it begins, how it is written, how its end is noticed.
import type { ServerResponse } from 'node:http';
import type { Disconnect } from '@parley/protocol';
import type { WireFormat } from '../hub/message.ts';
import { limits } from '../limits.ts';
import { background } from '../log.ts';
import { scheduleNext } from '../operations/attend.ts';
import { connectionEnded } from '../operations/disconnect.ts';
import { Session } from '../session/session.ts';
import type { Transport } from '../session/transport.ts';
import type { OpenConnection } from './doors.ts';
import { answer, type HttpRequest, noMoreConnections, type PlainAnswer } from './http-answers.ts';
import { connectUntil, type DoorPorts } from './ports.ts';

/** What connections of one kind have in common; one object for all of them. */
export interface StreamKind {
  readonly name: string;
  readonly format: WireFormat;
  readonly isUnidirectional: boolean;
  readonly contentType: string;
  /** Sent at once, before there is anything to say; undefined: the response begins with the first message. */
  readonly preamble: Buffer | undefined;
  readonly ports: DoorPorts;
  /** The answer in place of a stream when connect is refused with this code; undefined: the refusal is told in the stream. */
  answerToRefusal(code: number): PlainAnswer | undefined;
}

/** How long one batch may take until the network has taken it, in milliseconds. */
const writeTimeoutMs = 1_000;

/** Makes the response a connection that waits for its connect. Undefined: there are too many, and that was answered. */
export function openStream(http: HttpRequest, kind: StreamKind): StreamTransport | undefined {
  const { doors, context, origins } = kind.ports;
  // Others may have come in while the request was read.
  if (doors.isFull) {
    answer(origins, http, noMoreConnections);
    return undefined;
  }
  const transport = new StreamTransport(http, kind);
  const { socket } = http.request;
  // Neither the server's own time-out nor a silent network may decide the end: pings do, and this for those who answer none.
  socket.setTimeout(0);
  socket.setKeepAlive(true, limits.streamProbeMs);
  doors.add(transport);
  http.response.on('close', () => {
    doors.remove(transport);
    background(context.log, connectionEnded(context, transport.session));
  });
  // The close that follows says all that there is to know.
  http.response.on('error', (error) => {
    context.log.debug({ client: transport.session.clientId, reason: error.message }, 'stream error');
  });
  scheduleNext(context, transport.session);
  transport.begin();
  return transport;
}

/** One connection whose messages to the client stand in the body of a response. */
export class StreamTransport implements Transport, OpenConnection {
  readonly #http: HttpRequest;
  readonly #response: ServerResponse;
  readonly kind: StreamKind;
  readonly session: Session;
  readonly sessionId: string;
  readonly headers: Transport['headers'];
  readonly writeTimeoutMs = writeTimeoutMs;
  writtenBytes = 0;
  #refusedWith: number | undefined;

  constructor(http: HttpRequest, kind: StreamKind) {
    const { context, keepHeaders, newClientId, newSessionId } = kind.ports;
    this.#http = http;
    this.#response = http.response;
    this.kind = kind;
    this.sessionId = newSessionId();
    this.headers = keepHeaders(http.request.headers);
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
    return false;
  }

  get format(): WireFormat {
    return this.kind.format;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends the preamble, if there is one. */
  begin(): void {
    if (this.kind.preamble !== undefined) this.write(this.kind.preamble);
  }

  write(bytes: Buffer): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, this.#headers());
    this.writtenBytes += bytes.length;
    response.write(bytes);
    if (response.writableLength > 0) this.kind.ports.doors.watchWrites(this);
  }

  ping(): boolean {
    return false;
  }

  connectRefused(code: number): void {
    this.#refusedWith = code;
  }

  close(disconnect: Disconnect): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    const refusal = response.headersSent ? undefined : this.kind.answerToRefusal(this.#refusedWith ?? disconnect.code);
    if (refusal !== undefined) {
      answer(this.kind.ports.origins, this.#http, refusal);
      return;
    }
    const push = this.format.codec.encodePush({ name: 'disconnect', disconnect });
    if (push !== undefined) this.write(this.format.frame([push]));
    response.end();
    if (response.writableFinished) return;
    const timer = setTimeout(() => this.cut(), limits.closeTimeoutMs).unref();
    response.once('close', () => clearTimeout(timer));
  }

  cut(): void {
    if (!this.#response.writableFinished) this.#response.destroy();
  }

  // Commands come in requests of their own: there is nothing here to stop reading.
  pause(): void {}

  resume(): void {}

  #headers(): Record<string, string> {
    const { request } = this.#http;
    return {
      ...this.kind.ports.origins.headersFor(request),
      'Content-Type': this.kind.contentType,
      'X-Accel-Buffering': 'no',
      'Cache-Control': 'private, no-cache, no-store, must-revalidate, max-age=0',
      Pragma: 'no-cache',
      Expire: '0',
      ...(request.httpVersionMajor > 1 ? {} : { Connection: 'keep-alive' }),
    };
  }
}
