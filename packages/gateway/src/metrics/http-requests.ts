// Decides how HTTP requests are counted: by endpoint of the configuration, never by what a stranger writes.
import { METHODS, type IncomingMessage, type ServerResponse } from 'node:http';
import type { GatewayConfig } from '../config.ts';
import type { MetricStore } from './store.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => boolean;

const methods: ReadonlySet<string> = new Set(METHODS);

/** The same handler; if that is wanted, requests that it takes are counted when they are answered, under the endpoint of their path. */
export function countRequests(handle: Handle, config: GatewayConfig, store: MetricStore): Handle {
  if (!config.prometheus.instrument_http_handlers) return handle;
  const endpoints = endpointsOf(config);
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

function endpointsOf(config: GatewayConfig): string[] {
  const { http_stream, sse, uni_http_stream, uni_sse, emulation, init, websocket, uni_websocket, http_api } = config;
  const sections = [http_stream, sse, uni_http_stream, uni_sse, emulation, init, websocket, uni_websocket, http_api];
  return sections.map((section) => section.handler_prefix);
}
