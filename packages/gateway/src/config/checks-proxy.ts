// Decides whether every proxy that somebody switched on can be asked.
import type { GatewayConfig } from './table.ts';
import { checkMessage, checkNames } from './checks-text.ts';
import { inProcessEndpoint, isHeader } from './proxy-text.ts';

type Proxy = GatewayConfig['rpc']['proxy'];

/** Looks at all proxies and at who uses which. */
export function checkProxies(config: GatewayConfig, problems: string[]): void {
  checkNames('proxies', config.proxies, problems);
  checkNames('rpc.namespaces', config.rpc.namespaces, problems);
  checkNames('consumers', config.consumers, problems);
  config.proxies.forEach((proxy, index) => {
    if (proxy.name === 'default') problems.push(`proxies[${index}].name: "default" is taken`);
  });
  for (const { path, proxy } of definedProxies(config)) checkTransforms(path, proxy, problems);
  const asked = [...askedByClients(config), ...askedByChannels(config), ...askedByRpc(config)];
  const seen = new Set<string>();
  for (const { by, name, standard } of asked) {
    const index = config.proxies.findIndex((proxy) => proxy.name === name);
    const found = index === -1 ? undefined : { path: `proxies[${index}]`, proxy: config.proxies[index] };
    const { path, proxy } = name === 'default' ? standard : (found ?? { path: '', proxy: undefined });
    if (proxy === undefined) problems.push(`${by}: no proxy ${name}`);
    else if (!seen.has(path)) {
      seen.add(path);
      checkEndpoint(path, proxy, problems);
    }
  }
}

interface Place {
  readonly path: string;
  readonly proxy: Proxy | undefined;
}

/** One use of a proxy: which option, which name, and what "default" means there. */
interface Asked {
  readonly by: string;
  readonly name: string;
  readonly standard: Place;
}

function definedProxies({ client, channel, rpc, proxies }: GatewayConfig): { path: string; proxy: Proxy }[] {
  return [
    { path: 'client.proxy.connect', proxy: client.proxy.connect },
    { path: 'client.proxy.refresh', proxy: client.proxy.refresh },
    { path: 'client.proxy.disconnect', proxy: client.proxy.disconnect },
    ...Object.entries(channel.proxy).map(([name, proxy]) => ({ path: `channel.proxy.${name}`, proxy })),
    { path: 'rpc.proxy', proxy: rpc.proxy },
    ...proxies.map((proxy, index) => ({ path: `proxies[${index}]`, proxy })),
  ];
}

function askedByClients({ client }: GatewayConfig): Asked[] {
  return (['connect', 'refresh', 'disconnect'] as const)
    .filter((event) => client.proxy[event].enabled)
    .map((event) => {
      const path = `client.proxy.${event}`;
      return { by: `${path}.enabled`, name: 'default', standard: { path, proxy: client.proxy[event] } };
    });
}

function askedByChannels({ channel }: GatewayConfig): Asked[] {
  const standard = (event: keyof typeof channel.proxy): Place => ({
    path: `channel.proxy.${event}`,
    proxy: channel.proxy[event],
  });
  const groups = [
    { path: 'channel.without_namespace', options: channel.without_namespace },
    ...channel.namespaces.map((options, index) => ({ path: `channel.namespaces[${index}]`, options })),
  ];
  return groups.flatMap(({ path, options }) => {
    const { map, shared_poll: poll } = options;
    const uses: (Asked | undefined)[] = [
      ...(['subscribe', 'publish', 'sub_refresh', 'unsubscribe', 'state'] as const).map((event) =>
        options[`${event}_proxy_enabled`]
          ? { by: `${path}.${event}_proxy_name`, name: options[`${event}_proxy_name`], standard: standard(event) }
          : undefined,
      ),
      ...(['publish', 'remove'] as const).map((event) =>
        map[`${event}_proxy_enabled`]
          ? {
              by: `${path}.map.${event}_proxy_name`,
              name: map[`${event}_proxy_name`],
              standard: standard(`map_${event}`),
            }
          : undefined,
      ),
      options.subscription_type === 'shared_poll'
        ? { by: `${path}.shared_poll.proxy_name`, name: poll.proxy_name, standard: standard('shared_poll_refresh') }
        : undefined,
    ];
    return uses.filter((use) => use !== undefined);
  });
}

function askedByRpc({ rpc }: GatewayConfig): Asked[] {
  const standard = { path: 'rpc.proxy', proxy: rpc.proxy };
  return [
    { path: 'rpc.without_namespace', options: rpc.without_namespace },
    ...rpc.namespaces.map((options, index) => ({ path: `rpc.namespaces[${index}]`, options })),
  ]
    .filter(({ options }) => options.proxy_enabled)
    .map(({ path, options }) => ({ by: `${path}.proxy_name`, name: options.proxy_name, standard }));
}

function checkEndpoint(path: string, proxy: Proxy, problems: string[]): void {
  const url = URL.parse(proxy.endpoint);
  if (proxy.endpoint === '') problems.push(`${path}.endpoint is missing`);
  else if (proxy.endpoint !== inProcessEndpoint && !/^https?:\/\//.test(proxy.endpoint)) {
    problems.push(`${path}.endpoint is not supported: only http:// and https:// are; this server does not speak gRPC`);
  } else if (url === null) problems.push(`${path}.endpoint is not an address`);
  for (const [name, value] of Object.entries(proxy.http.static_headers)) {
    if (!isHeader(name, value)) problems.push(`${path}.http.static_headers.${name} is not a header that HTTP allows`);
  }
  if (proxy.timeout === 0) problems.push(`${path}.timeout must be above 0`);
}

function checkTransforms(path: string, proxy: Proxy, problems: string[]): void {
  proxy.http.status_to_code_transforms.forEach((transform, index) => {
    const report = (problem: string) => problems.push(`${path}.http.status_to_code_transforms[${index}].${problem}`);
    const { status_code: status, to_error: error, to_disconnect: disconnect } = transform;
    if (status === 0) report('status_code is missing');
    if (error.code > 0 === disconnect.code > 0) report('needs one of to_error.code and to_disconnect.code');
    checkMessage('to_error.message', error.message, report);
    checkMessage('to_disconnect.reason', disconnect.reason, report);
  });
}
