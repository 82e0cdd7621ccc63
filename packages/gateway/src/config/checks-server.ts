// Decides which combinations of listeners, certificates and endpoints cannot work.
import type { GatewayConfig } from './table.ts';

/** Looks at listeners and at the paths of endpoints that are served. */
export function checkServer(config: GatewayConfig, problems: string[]): void {
  const { http_server: server } = config;
  for (const [path, tls] of [
    ['http_server.tls', server.tls],
    ['http_server.internal_tls', server.internal_tls],
  ] as const) {
    if (!tls.enabled) continue;
    if (tls.cert_pem === '') problems.push(`${path}.cert_pem is missing`);
    if (tls.key_pem === '') problems.push(`${path}.key_pem is missing`);
  }
  for (const section of ['websocket', 'uni_websocket', 'plain_websocket'] as const) {
    if (config[section].compression_level > 9) problems.push(`${section}.compression_level must be 1 to 9`);
  }
  checkPaths(config, problems);
}

function checkPaths(config: GatewayConfig, problems: string[]): void {
  const served = [
    ...(config.websocket.disabled ? [] : ['websocket' as const]),
    ...(config.http_api.disabled ? [] : ['http_api' as const]),
    ...(config.sse.enabled || config.http_stream.enabled ? ['emulation' as const] : []),
    ...switched.filter((section) => config[section].enabled),
  ];
  const taken = new Map<string, string>();
  for (const section of served) {
    const path = config[section].handler_prefix;
    const other = taken.get(path);
    if (other !== undefined) problems.push(`${section}.handler_prefix is that of ${other}`);
    taken.set(path, section);
  }
}

const switched = [
  'sse',
  'http_stream',
  'uni_websocket',
  'plain_websocket',
  'uni_sse',
  'uni_http_stream',
  'prometheus',
  'health',
  'init',
] as const;
