// Decides which listeners there are, which certificates they show, and which paths are served where.
import type { GatewayConfig } from '@parley/gateway';
import type { FrontDoorOptions } from '../serve/front-door.ts';

/** The listener for clients, and the one for backends and observers; one may be both. */
export interface Listeners {
  readonly external: FrontDoorOptions;
  /** Undefined: the external one serves everything. */
  readonly internal: FrontDoorOptions | undefined;
}

type Tls = GatewayConfig['http_server']['tls'];

/** The listeners of a configuration (protocol reference, 22). */
export function listenersOf({ http_server: server }: Pick<GatewayConfig, 'http_server'>): Listeners {
  const external = { host: server.address, port: server.port, ...tlsOf(server.tls) };
  const host = server.internal_address || server.address;
  const port = server.internal_port || server.port;
  if (host === external.host && port === external.port) return { external, internal: undefined };
  const shared = server.tls_external ? {} : tlsOf(server.tls);
  return { external, internal: { host, port, ...shared, ...tlsOf(server.internal_tls) } };
}

function tlsOf(tls: Tls): Pick<FrontDoorOptions, 'tls'> {
  if (!tls.enabled) return {};
  const { cert_pem: cert, key_pem: key, client_ca_pem: ca } = tls;
  const clients = ca === '' ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  return { tls: { cert, key, ...clients } };
}

/** Who may be asked for a path. */
export type Side = 'external' | 'internal' | 'nobody';

/** Makes the function that says which listener a path belongs to. */
export function createSides(config: GatewayConfig): (url: string) => Side {
  const { http_api: api, websocket } = config;
  const off = [
    ...(api.disabled ? [api.handler_prefix] : []),
    ...(websocket.disabled ? [websocket.handler_prefix] : []),
  ];
  const internal = [
    ...(api.external ? [] : [api.handler_prefix]),
    config.prometheus.handler_prefix,
    config.health.handler_prefix,
  ];
  return (url) => {
    const path = url.split('?', 1)[0] ?? '';
    const isUnder = (prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
    if (off.some(isUnder)) return 'nobody';
    return internal.some(isUnder) ? 'internal' : 'external';
  };
}

/** What a configuration serves, by the names of its sections; for the first line of output. */
export function servedParts(config: GatewayConfig): string[] {
  return [
    ...(config.websocket.disabled ? [] : ['websocket']),
    ...switched.filter((section) => config[section].enabled),
    ...(config.http_api.disabled ? [] : ['http_api']),
  ];
}

const switched = [
  'http_stream',
  'sse',
  'uni_websocket',
  'uni_http_stream',
  'uni_sse',
  'plain_websocket',
  'init',
  'prometheus',
  'health',
] as const;
