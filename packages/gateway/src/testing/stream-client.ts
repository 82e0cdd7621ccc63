// A client of streaming responses that shows status, headers and body as they come, and posts frames to /emulation.
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { TestContext } from 'node:test';
import { once, until } from './once.ts';

/** A response that goes on. */
export interface OpenStream {
  status: number;
  headers: IncomingHttpHeaders;
  response: IncomingMessage;
  /** What came so far. */
  body: () => string;
  /** Replies so far: of lines, or of events. */
  replies: () => Record<string, unknown>[];
  /** Waits for the first reply that fits. */
  find: (what: string, fits: (reply: Record<string, unknown>) => boolean) => Promise<Record<string, unknown>>;
  /** Resolves when the body is whole, or broke off. */
  ended: Promise<void>;
  /** Breaks off. */
  abort: () => void;
}

/** What is asked for. */
export interface StreamAsk {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** Sends a request and gives the response as soon as it begins; it is broken off after the test. */
export async function openHttp(t: TestContext, url: string, ask: StreamAsk = {}): Promise<OpenStream> {
  const outgoing = request(url, { method: ask.method ?? 'POST', headers: ask.headers ?? {}, agent: false });
  t.after(() => outgoing.destroy());
  const response = await once<IncomingMessage>('a response', (done) => {
    outgoing.on('response', done);
    outgoing.on('error', () => {});
    outgoing.end(ask.body);
  });
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', () => {});
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  const body = (): string => Buffer.concat(chunks).toString();
  const replies = (): Record<string, unknown>[] => repliesIn(body());
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    response,
    body,
    replies,
    async find(what, fits) {
      await until(what, () => replies().some(fits));
      return replies().find(fits) ?? {};
    },
    ended,
    abort: () => void outgoing.destroy(),
  };
}

/** The whole answer to a request. */
export async function ask(
  t: TestContext,
  url: string,
  what: StreamAsk = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const stream = await openHttp(t, url, what);
  await stream.ended;
  return { status: stream.status, headers: stream.headers, body: stream.body() };
}

// The last piece may be half a line.
function repliesIn(body: string): Record<string, unknown>[] {
  const separator = body.includes('data: ') ? '\n\n' : '\n';
  return body
    .split(separator)
    .slice(0, -1)
    .map((piece) => JSON.parse(piece.trim().replace(/^data: /, '')) as Record<string, unknown>);
}
