// Decides which methods a door takes, and how everything that is no stream is answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isBodyUnread } from '../request-body.ts';
import type { Origins } from './origins.ts';

/** A request with its answer and its query. */
export interface HttpRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Takes a request that is for its path. */
export type HttpDoor = (http: HttpRequest) => void;

/** An answer that is not a stream. Without a body there is no content type. */
export interface PlainAnswer {
  readonly status: number;
  readonly text?: string;
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers, and tells the browser of an allowed site that it may show the answer. */
export function answer(
  origins: Origins,
  { request, response }: Pick<HttpRequest, 'request' | 'response'>,
  { status, text, json, headers }: PlainAnswer,
): void {
  const body = json ?? text;
  response.writeHead(status, {
    ...origins.headersFor(request),
    ...headers,
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...(json !== undefined && { 'Content-Type': 'application/json' }),
    ...(text !== undefined && { 'Content-Type': 'text/plain; charset=utf-8' }),
    ...(isBodyUnread(request) && request.httpVersionMajor === 1 ? { Connection: 'close' } : {}),
  });
  response.end(body);
}

/**
 * Lets through requests with one of the methods from allowed sites, and answers all others: OPTIONS with what is allowed. Methods in
 * the order in which they are told.
 */
export function guard(origins: Origins, methods: readonly string[], door: HttpDoor): HttpDoor {
  const allowed = [...methods, 'OPTIONS'].join(', ');
  const preflight = { 'Access-Control-Max-Age': '300', 'Access-Control-Allow-Methods': allowed };
  return (http) => {
    const { method = '' } = http.request;
    if (method === 'OPTIONS') answer(origins, http, { status: 204, headers: preflight });
    else if (!methods.includes(method)) {
      answer(origins, http, { status: 405, text: `use ${methods.join(' or ')}\n`, headers: { Allow: allowed } });
    } else if (!origins.isAllowed(http.request)) {
      answer(origins, http, { status: 403, text: 'origin not allowed: add it to client.allowed_origins\n' });
    } else door(http);
  };
}

/** Whether the request says that its body is Protobuf. */
export function isProtobuf({ headers }: IncomingMessage): boolean {
  return /^application\/octet-stream\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** The body is larger than allowed. */
export function tooLarge(maxBytes: number, option: string): PlainAnswer {
  return { status: 413, text: `the body is larger than ${maxBytes} bytes (${option})\n` };
}

/** There are too many connections, or they come too fast. */
export const noMoreConnections: PlainAnswer = { status: 503, text: 'no more connections\n' };
