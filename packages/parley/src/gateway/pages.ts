// Decides what a gateway alone answers besides realtime and its API: the health check, and that there is nothing else.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayConfig } from '@parley/gateway';

/** A page of a front door. */
export interface Page {
  /** Answers and returns true, or returns false when the path is not the page's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** The health check, which is good as long as requests are answered; while the server stops, the door says so itself. */
export function createHealthPage({ health }: Pick<GatewayConfig, 'health'>): Page {
  return {
    handle(request, response) {
      if (!health.enabled || (request.url ?? '').split('?', 1)[0] !== health.handler_prefix) return false;
      respond(response, 200, '{}');
      return true;
    },
  };
}

/** Answers everything that is not served. */
export function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
  respond(response, 404, '{"error":"nothing is served at this path"}');
}

function respond(response: ServerResponse, status: number, body: string): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length }).end(body);
}
