// An application on a real port that answers as the test says and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** One question. */
export interface Asked {
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  text: string;
  /** Parsed. */
  body: Record<string, unknown>;
}

/** A body that is answered with status 200, or a function that answers by itself. */
export type FakeAnswer = object | string | ((response: ServerResponse, asked: Asked) => void);

/** An application under the hand of a test. */
export interface FakeBackend {
  /** `http://…` without a path. */
  url: string;
  asked: Asked[];
  /** What is answered at each path; where nothing stands, an empty object. */
  answers: Record<string, FakeAnswer>;
  /** Connections that were opened so far. */
  opened: Socket[];
}

/** Starts an application that ends with the test. */
export async function startBackend(t: TestContext): Promise<FakeBackend> {
  const asked: Asked[] = [];
  const answers: Record<string, FakeAnswer> = {};
  const opened: Socket[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      const { url: path = '', method = '', headers } = request;
      const question = { path, method, headers, text, body: JSON.parse(text) as Record<string, unknown> };
      asked.push(question);
      const answer = answers[path] ?? {};
      if (typeof answer === 'function') answer(response, question);
      else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  server.on('connection', (socket) => opened.push(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, answers, opened };
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}
