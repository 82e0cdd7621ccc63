// Decides how one address serves everything: who gets a request or an upgrade, and what happens before and after serving.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions as TlsServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** Those behind the door, asked in this order; each says whether the request was its own, the api takes the rest. */
export interface Doors {
  gateway: {
    handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  };
  pages: readonly { handle(request: IncomingMessage, response: ServerResponse): boolean }[];
  api(request: IncomingMessage, response: ServerResponse): void;
}

/** The one http server of the process. */
export interface FrontDoor {
  /** The port that it listens on. */
  port: number;
  /** From now on requests are answered; before, all get 503. */
  open(doors: Doors): void;
  /** Says that it is not ready any more and takes no new connection; requests that run go on. */
  startDraining(): void;
  /** Resolves when all connections have ended; after `timeoutMs` the rest is cut. */
  close(timeoutMs: number): Promise<void>;
}

type State = { name: 'starting' } | { name: 'serving'; doors: Doors } | { name: 'draining'; doors: Doors | undefined };

/** Times for slow or silent peers, in milliseconds. */
const timeouts = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/** Where the door is. With `tls` it speaks https. */
export interface FrontDoorOptions {
  /** "" is every address of the machine. */
  host: string;
  port: number;
  tls?: Pick<TlsServerOptions, 'cert' | 'key' | 'ca' | 'requestCert' | 'rejectUnauthorized'>;
}

/**
 * Starts listening.
 *
 * @throws the error of the system, with code EADDRINUSE or EACCES, when the address cannot be had
 */
export async function createFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const holder: { state: State } = { state: { name: 'starting' } };
  // Without this every request with an `Upgrade` header, such as curl's offer of HTTP/2, would be an upgrade.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    headers.upgrade?.toLowerCase() === 'websocket';
  const answers = new WeakMap<Duplex, ServerResponse>();
  const isWithinBound = boundPipelines();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isWithinBound(request, response)) return;
    answers.set(request.socket, response);
    answer(holder.state, request, response);
  };
  const settings = { ...timeouts, shouldUpgradeCallback };
  const server =
    options.tls === undefined
      ? createServer(settings, onRequest)
      : createTlsServer({ ...settings, ...options.tls }, onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = answers.get(socket);
    // In the middle of an answer another one would be taken for a part of it.
    if (begun?.headersSent === true && !begun.writableFinished) socket.destroy();
    else refuseUnreadable(error.code ?? '', socket);
  });
  server.on('upgrade', (request, socket, head) => upgrade(holder.state, { request, socket, head }));
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    open(doors) {
      holder.state = { name: 'serving', doors };
    },
    startDraining() {
      const { state } = holder;
      holder.state = { name: 'draining', doors: state.name === 'starting' ? undefined : state.doors };
      server.close();
      server.closeIdleConnections();
    },
    close: (timeoutMs) => closeServer(server, timeoutMs),
  };
}

/**
 * Requests of one connection without an answer, and requests of one connection in one turn of the event loop; with one more
 * the connection ends. Node reads up to two megabytes of a connection in a turn: 17,000 requests, which would take seconds.
 */
const maxPipelinedRequests = 128;

/** What one connection has of both; one record for its whole life. */
interface Asking {
  unanswered: number;
  inThisTurn: number;
}

/** Makes the function that says whether a request may be answered; if not, its connection has ended. */
function boundPipelines(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const all = new WeakMap<Duplex, Asking>();
  return ({ socket }, response) => {
    let asking = all.get(socket);
    if (asking === undefined) all.set(socket, (asking = { unanswered: 0, inThisTurn: 0 }));
    const own = asking;
    if (Math.max(own.unanswered, own.inThisTurn) >= maxPipelinedRequests) socket.destroy();
    if (socket.destroyed) return false;
    if (own.inThisTurn === 0) setImmediate(() => (own.inThisTurn = 0));
    own.inThisTurn += 1;
    own.unanswered += 1;
    response.once('close', () => (own.unanswered -= 1));
    return true;
  };
}

/**
 * Connections that the system holds until they are accepted. Above Node's 511, because a storm of clients that come back
 * fills that, and whoever finds it full tries again after a second at the earliest. Linux caps it at net.core.somaxconn.
 */
const maxUnacceptedConnections = 4_096;

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: maxUnacceptedConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answer(state: State, request: IncomingMessage, response: ServerResponse): void {
  if (state.name === 'draining') {
    response.setHeader('connection', 'close');
    if (/^\/(readyz|health)(\?|$)/.test(request.url ?? '')) return refuse(response, 'The server is stopping');
  }
  if (state.name === 'starting' || state.doors === undefined) return refuse(response, 'The server is starting');
  const { doors } = state;
  if (doors.gateway.handleRequest(request, response)) return;
  if (doors.pages.some((page) => page.handle(request, response))) return;
  doors.api(request, response);
}

function refuse(response: ServerResponse, title: string): void {
  const body = JSON.stringify({ type: 'about:blank', title, status: 503, code: 'server.busy' });
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end(body);
}

/** What is told to a peer whose bytes are no request that can be answered, by the error's code. */
const unreadable: Readonly<Record<string, { status: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    detail: 'All headers together may have 16 KiB; delete cookies of this site, or send less.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    detail: 'The request did not arrive in time; send it again.',
  },
};

const malformed = { status: '400 Bad Request', detail: 'The bytes received are not an HTTP/1.1 request.' };

function refuseUnreadable(code: string, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = unreadable[code] ?? malformed;
  const body = JSON.stringify({
    type: 'about:blank',
    title: status.slice(4),
    status: Number(status.slice(0, 3)),
    code: 'request.malformed',
    detail,
  });
  endWith(
    socket,
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** How long a refused peer has to read why and end its side; then it is cut off, in milliseconds. */
const refusalLingerMs = 1_000;

function endWith(socket: Duplex, answer: string): void {
  // A peer that is gone already must not end the process.
  socket.on('error', () => socket.destroy());
  socket.end(answer);
  const timer = setTimeout(() => socket.destroy(), refusalLingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

function upgrade(state: State, parts: { request: IncomingMessage; socket: Duplex; head: Buffer }): void {
  const { request, socket, head } = parts;
  if (state.name === 'serving' && state.doors.gateway.handleUpgrade(request, socket, head)) return;
  const status = state.name === 'serving' ? '404 Not Found' : '503 Service Unavailable';
  endWith(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** How often connections are looked for whose last answer has gone out, in milliseconds. */
const idleCheckMs = 20;

function closeServer(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that had a request when the draining began stays open after its answer, because the client was told so.
    const sweep = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    const finish = (): void => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    };
    const timer = setTimeout(() => {
      server.closeAllConnections();
      finish();
    }, timeoutMs);
    if (server.listening) server.close(finish);
    else
      server.getConnections((error, count) =>
        error !== null || count === 0 ? finish() : server.once('close', finish),
      );
    server.closeIdleConnections();
  });
}
