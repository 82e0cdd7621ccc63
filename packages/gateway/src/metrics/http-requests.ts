// Decides how HTTP requests are counted: by endpoint of the configuration, never by what a stranger writes.
import { METHODS, type IncomingMessage, type ServerResponse } from 'node:http';
import type { MetricStore } from './store.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => boolean;

const methods: ReadonlySet<string> = new Set(METHODS);

/** The same handler; requests that it takes are counted when they are answered, under the endpoint that their path begins with. */
export function countRequests(handle: Handle, endpoints: readonly string[], store: MetricStore): Handle {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!handle(request, response)) return false;
    const endpoint = endpoints.find((prefix) => path === prefix || path.startsWith(`${prefix}/`)) ?? 'other';
    const method = methods.has(request.method ?? '') ? (request.method ?? '') : 'other';
    const count = (): void =>
      store.count('centrifugo_node_incoming_http_requests_total', endpoint, method, String(response.statusCode));
    if (response.writableFinished) count();
    else response.once('finish', count);
    return true;
  };
}
