// Decides how metrics are served to those who scrape them, and what they are told who may not.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Page } from './pages.ts';

/** Where metrics are, and who may have them. */
export interface MetricsPageOptions {
  readonly path: string;
  readonly log: Logger;
  readonly scrape: () => Promise<string>;
  /** Whether a request may have them; absent: every request that arrives here. */
  readonly isAllowed?: (request: IncomingMessage) => boolean;
}

/** The text form of Prometheus, in the version that all of its servers read. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Makes the page. */
export function createMetricsPage(options: MetricsPageOptions): Page {
  return {
    handle(request, response) {
      if ((request.url ?? '').split('?', 1)[0] !== options.path) return false;
      if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'use GET');
      else if (options.isAllowed?.(request) === false) {
        refuse(response, 401, 'send the API key in X-API-Key or "Authorization: apikey <key>"');
      } else void answer(options, request, response);
      return true;
    },
  };
}

async function answer({ scrape, log }: MetricsPageOptions, request: IncomingMessage, response: ServerResponse) {
  try {
    const text = await scrape();
    response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
    response.end(request.method === 'HEAD' ? undefined : text);
  } catch (error) {
    log.error({ err: error }, 'metrics could not be collected');
    refuse(response, 503, 'metrics could not be collected; the log says why');
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
