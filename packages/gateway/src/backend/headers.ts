// Decides which headers of clients are kept with a connection, and which of them a proxy hands on.
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayConfig } from '../config.ts';
import { isHeader } from '../config/proxy-text.ts';
import type { Caller } from './backend.ts';
import { definedProxies, type ProxyConfig } from './proxies.ts';

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string>>;

/** Picks what is kept of a connection's headers; undefined if that is nothing. */
export type KeepHeaders<Given> = (headers: Given) => Headers | undefined;

/**
 * What transports keep of a request's headers: those that some proxy forwards, and the one that names the user. Made once, asked for every
 * connection.
 */
export function keptHeaders(config: GatewayConfig): KeepHeaders<IncomingHttpHeaders> {
  const { user_id_http_header: userHeader } = config.client;
  const names = definedProxies(config).flatMap(({ proxy }) => proxy.http_headers);
  return selection(userHeader === '' ? names : [...names, userHeader]);
}

/** What is kept of the headers in a connect command, whatever their case: those that some proxy forwards from there. */
export function keptEmulatedHeaders(config: GatewayConfig): KeepHeaders<Headers | undefined> {
  const select = selection(definedProxies(config).flatMap(({ proxy }) => proxy.emulated_headers));
  return (headers) => {
    if (headers === undefined) return undefined;
    return select(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])));
  };
}

/**
 * The headers of a proxy's requests that come from configuration and client. A client's header wins over a static one, a real one over an
 * emulated one, because only the real one may come from a reverse proxy that checked it. What would change the request itself, and what HTTP does
 * not allow, is left out.
 */
export function forwardedHeaders(proxy: ProxyConfig, { headers, emulatedHeaders }: Partial<Caller>): Headers {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(proxy.http.static_headers)) {
    const lower = name.toLowerCase();
    if (lower === 'host' || !ownHeaders.has(lower)) sent[lower] = value;
  }
  for (const name of proxy.emulated_headers) copyHeader(sent, name.toLowerCase(), emulatedHeaders);
  for (const name of proxy.http_headers) copyHeader(sent, name.toLowerCase(), headers);
  return sent;
}

// They belong to one connection or describe the body (RFC 9110, 7.6.1): from a client they would let it write requests of its own.
const ownHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function copyHeader(sent: Record<string, string>, name: string, from: Headers | undefined): void {
  const value = from?.[name];
  if (value !== undefined && !ownHeaders.has(name) && isHeader(name, value)) sent[name] = value;
}

function selection(names: readonly string[]): KeepHeaders<IncomingHttpHeaders> {
  const wanted = [...new Set(names.map((name) => name.toLowerCase()))];
  if (wanted.length === 0) return () => undefined;
  return (headers) => {
    let kept: Record<string, string> | undefined;
    for (const name of wanted) {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      if (value === undefined) continue;
      kept ??= {};
      kept[name] = typeof value === 'string' ? value : value.join(', ');
    }
    return kept;
  };
}
