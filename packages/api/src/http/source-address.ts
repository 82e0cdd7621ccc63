// Decides which address a request is counted under: the peer's, or the one that our own proxies vouch for.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Removes a port, brackets and an IPv6 zone. */
function bareAddress(text: string): string {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1];
  const withoutPort = bracketed ?? (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(trimmed) ? trimmed.split(':')[0] : trimmed) ?? '';
  return withoutPort.split('%')[0] ?? '';
}

/** The eight groups of an IPv6 address in lower case without leading zeros. */
function ipv6Groups(address: string): string[] {
  // The URL parser prints the canonical form, dotted tails included.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}

function ipv4OfMapped(groups: readonly string[]): string | undefined {
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff';
  if (!isMapped) return undefined;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Brings an address to the form that rate limits count under: IPv4 whole (also when mapped into IPv6), IPv6 as its
 * /64 network.
 *
 * @returns undefined if the text is no address
 */
export function countedAddress(text: string): string | undefined {
  const address = bareAddress(text);
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const groups = ipv6Groups(address);
  return ipv4OfMapped(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
}

/** Which part of the forwarded chain is ours. */
export interface TrustedProxies {
  /** How many of our own proxies stand before the server. */
  count: number;
  /** Whether a peer is one of them; every peer is if not given. */
  isOurs?: (peer: string) => boolean;
}

/**
 * Prepares the rule once.
 *
 * @param peers addresses and networks (`10.0.0.0/8`) that our proxies connect from; empty if any peer may be one
 * @throws when one of them is no address or network
 */
export function trustedProxies(count: number, peers: readonly string[]): TrustedProxies {
  if (peers.length === 0) return { count };
  const list = new BlockList();
  for (const peer of peers) {
    const [address = '', bits] = peer.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return { count, isOurs: (peer) => list.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4') };
}

/**
 * The address a request is counted under. With N trusted proxies it is the N-th from the right of the forwarded chain
 * (whatever stands further left is the caller's own word); with none, or from a peer that is none of them, the header is
 * not looked at.
 *
 * @returns `unknown` if there is no usable address; all such requests share one count
 */
export function sourceAddress(request: FastifyRequest, proxies: TrustedProxies): string {
  const remote = request.socket.remoteAddress ?? '';
  const peer = countedAddress(remote) ?? 'unknown';
  if (proxies.count === 0 || proxies.isOurs?.(bareAddress(remote)) === false) return peer;
  const header = request.headers['x-forwarded-for'];
  const chain = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').filter((part) => part.trim());
  return countedAddress(chain.at(-proxies.count) ?? '') ?? peer;
}
