// Decides how a provider is asked: checked addresses only, no redirect, within bounds of time and size.
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from '@parley/tokens';
import type { CustomFetch, CustomFetchOptions } from 'openid-client';

/** Thrown when a provider could not be asked; `code` says why, for the log of an operator. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable';
  readonly code: 'insecure' | 'private_address' | 'too_large' | 'body';
  constructor(code: ProviderUnreachable['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What may be asked. */
export interface FetchRules {
  /** Whether private, loopback and reserved addresses may be asked, and loopback ones without TLS. */
  allowsPrivateAddress: boolean;
  /** From the look-up of the name to the last byte. */
  timeoutMs: number;
  maxBytes: number;
}

/**
 * Makes the function that openid-client asks a provider with. The name is resolved once, every address of it is checked,
 * and the connection goes to just these. Rejects when a bound is reached.
 */
export function createProviderFetch(rules: FetchRules): CustomFetch {
  return async (address, options) => {
    const url = new URL(address);
    const signal = AbortSignal.any([
      AbortSignal.timeout(rules.timeoutMs),
      ...(options.signal === undefined ? [] : [options.signal]),
    ]);
    const addresses = await orAborted(checkedAddresses(url, rules), signal);
    const response = await openResponse(url, { ...options, signal }, addresses);
    return new Response(bodyAllowed(response) ? await readBody(response, rules.maxBytes) : null, {
      status: response.statusCode ?? 502,
      headers: headersOf(response),
    });
  };
}

async function checkedAddresses(url: URL, rules: FetchRules): Promise<string[]> {
  if (!/^https?:$/.test(url.protocol)) throw insecure();
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  if (url.protocol !== 'https:' && !(rules.allowsPrivateAddress && found.every(isOwnMachine))) throw insecure();
  if (!rules.allowsPrivateAddress && !found.every(isPublicAddress))
    throw new ProviderUnreachable('private_address', 'the provider has a private or reserved address');
  return found;
}

const insecure = (): ProviderUnreachable => new ProviderUnreachable('insecure', 'providers are asked over https only');

const isOwnMachine = (address: string): boolean => address === '::1' || address.startsWith('127.');

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return Promise.race([promise, aborted]);
}

function openResponse(
  url: URL,
  options: CustomFetchOptions & { signal: AbortSignal },
  addresses: readonly string[],
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const body = bodyText(options.body);
  const request: RequestOptions = {
    agent: false,
    method: options.method,
    headers: {
      ...options.headers,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    // In place of the name service, whichever form of answer is asked for.
    lookup: (_hostname, { all }, callback) => {
      const [first] = checked;
      if (all === true || first === undefined) callback(null, checked);
      else callback(null, first.address, first.family);
    },
    signal: options.signal,
  };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  send(url, request).once('response', resolve).on('error', reject).end(body);
  return promise;
}

function bodyText(body: CustomFetchOptions['body']): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new ProviderUnreachable('body', 'only forms and texts are sent to providers');
}

const bodyAllowed = ({ statusCode = 0 }: IncomingMessage): boolean =>
  statusCode >= 200 && ![204, 205, 304].includes(statusCode);

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) throw new ProviderUnreachable('too_large', `the answer is larger than ${maxBytes} bytes`);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function headersOf(response: IncomingMessage): [string, string][] {
  return Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
}
