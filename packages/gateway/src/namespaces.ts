// Decides which options a channel has, whether its name is allowed, and who is named in it.
import { compilePattern, type Pattern } from '@parley/tokens';
import type { ChannelOptions, GatewayConfig } from './config.ts';
import { type MapSettings, mapSettings } from './config/map-settings.ts';

/** The kind of a channel. A map of clients or of users holds who is present in another channel. */
export type ChannelType = 'stream' | 'map' | 'map_clients' | 'map_users' | 'shared_poll';

/** What is known about a channel from its name alone. */
export interface ChannelRules {
  readonly options: ChannelOptions;
  readonly type: ChannelType;
  /** How it is kept, if it is a map. */
  readonly map: MapSettings | undefined;
  readonly hasHistory: boolean;
  /** How long offset and epoch outlive the last publication, in milliseconds. */
  readonly metaTtlMs: number;
  readonly dataFormat: string;
  /** Only a token opens it. */
  readonly isPrivate: boolean;
  /** Whether a client may use this name at all, by its length and its characters (server calls may use any). */
  readonly isNameValid: boolean;
  /** Users that the name itself lets in; undefined if it names none. */
  readonly users: readonly string[] | undefined;
}

/** Finds the rules of channels. Undefined: the channel's namespace does not exist. */
export type Namespaces = (channel: string) => ChannelRules | undefined;

/** Prepares the look-up for one configuration. */
export function createNamespaces({ channel: config }: Pick<GatewayConfig, 'channel'>): Namespaces {
  const prepare = (options: ChannelOptions) => ({
    options,
    type: typeOf(options),
    map: typeOf(options).startsWith('map') ? mapSettings(options) : undefined,
    hasHistory: options.history_size > 0 && options.history_ttl > 0,
    metaTtlMs: options.history_meta_ttl || config.history_meta_ttl,
    dataFormat: options.publication_data_format || config.publication_data_format,
    pattern: patternOf(options.channel_regex),
  });
  const withoutNamespace = prepare(config.without_namespace);
  const byName = new Map(config.namespaces.map((namespace) => [namespace.name, prepare(namespace)]));

  return (channel) => {
    const isPrivate = config.private_prefix !== '' && channel.startsWith(config.private_prefix);
    const name = isPrivate ? channel.slice(config.private_prefix.length) : channel;
    const boundary = name.indexOf(config.namespace_boundary);
    const found = boundary === -1 ? withoutNamespace : byName.get(name.slice(0, boundary));
    if (found === undefined) return undefined;
    const { pattern, ...rules } = found;
    const rest = name.slice(boundary + 1);
    // The length comes first: it bounds the work of the pattern.
    const isNameValid =
      Buffer.byteLength(channel) <= config.max_length &&
      (pattern === undefined ? isAscii(channel) : pattern.match(rest) !== undefined);
    return { ...rules, isPrivate, isNameValid, users: listUsers(config, found.options, channel) };
  };
}

function typeOf({ subscription_type: type }: ChannelOptions): ChannelType {
  return type === '' ? 'stream' : type;
}

/** Makes the function that names a channel's namespace: "" for those without one, and for namespaces that do not exist. */
export function createNamespaceNames({ channel: config }: Pick<GatewayConfig, 'channel'>): (channel: string) => string {
  const names = new Set(config.namespaces.map(({ name }) => name));
  return (channel) => {
    const isPrivate = config.private_prefix !== '' && channel.startsWith(config.private_prefix);
    const start = isPrivate ? config.private_prefix.length : 0;
    const boundary = channel.indexOf(config.namespace_boundary, start);
    const name = boundary === -1 ? '' : channel.slice(start, boundary);
    return names.has(name) ? name : '';
  };
}

function listUsers(
  config: GatewayConfig['channel'],
  options: ChannelOptions,
  channel: string,
): readonly string[] | undefined {
  if (!options.allow_user_limited_channels) return undefined;
  const boundary = channel.lastIndexOf(config.user_boundary);
  return boundary === -1 ? undefined : channel.slice(boundary + 1).split(config.user_separator);
}

function patternOf(source: string): Pattern | undefined {
  const compiled = compilePattern(source);
  // The configuration has been checked before.
  return source === '' || !compiled.ok ? undefined : compiled.pattern;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
