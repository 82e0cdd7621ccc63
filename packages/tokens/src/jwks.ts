// Decides how a JWK set is fetched: checked addresses only, no redirect, within bounds of size and time.
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';

/** Finds the addresses of a host name; a name that is an address is its own. Rejects if there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Fetches the text behind an address; rejects with a JwksFetchError for whatever reason there is none. */
export type FetchText = (url: string) => Promise<string>;

/** Bounds and permissions of fetching. */
export interface FetchSettings {
  /** From the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Whether private, loopback, link-local and reserved addresses may be asked. */
  readonly allowPrivateAddresses: boolean;
}

/** Thrown when a JWK set could not be fetched. The message is one sentence for the log of an operator. */
export class JwksFetchError extends Error {
  readonly code = 'jwks_fetch_failed';
  override readonly name = 'JwksFetchError';
}

/** The name service of the system. */
export const resolveHost: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/**
 * Makes the function that fetches JWK sets. The name is resolved once, every address of it is checked, and the
 * connection goes to just these: a name service that answers differently the next time changes nothing.
 */
export function createJwksFetch(settings: FetchSettings, resolve: Resolve): FetchText {
  return async (url) => {
    const signal = AbortSignal.timeout(settings.timeoutMs);
    const target = new URL(url);
    try {
      const addresses = await orAborted(resolveChecked(target, settings, resolve), signal);
      const response = await openResponse(target, addresses, signal);
      return await readBody(response, settings.maxBytes);
    } catch (error) {
      if (error instanceof JwksFetchError) throw error;
      if (signal.aborted) throw new JwksFetchError(`no answer within ${settings.timeoutMs} ms`, { cause: error });
      throw new JwksFetchError(`no connection (${reasonOf(error)})`, { cause: error });
    }
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';

async function resolveChecked(
  { hostname }: URL,
  settings: FetchSettings,
  resolve: Resolve,
): Promise<readonly string[]> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(bare) === 0 ? await resolve(bare) : [bare];
  if (addresses.length === 0) throw new JwksFetchError('the host has no address');
  if (!settings.allowPrivateAddresses && !addresses.every(isPublicAddress)) {
    throw new JwksFetchError('the host has a private or reserved address, which is not allowed');
  }
  return addresses;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new JwksFetchError('no answer from the name service')), { once: true });
  return Promise.race([promise, aborted]);
}

function openResponse(target: URL, addresses: readonly string[], signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const options: RequestOptions = {
    agent: false,
    headers: { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity' },
    // In place of the name service, whichever form of answer is asked for.
    lookup: (_hostname, { all }, callback) => {
      const [first] = checked;
      if (all === true || first === undefined) callback(null, checked);
      else callback(null, first.address, first.family);
    },
    signal,
  };
  const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options);
  request.once('response', resolve).on('error', reject).end();
  return promise;
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const { statusCode = 0, headers } = response;
  const refusal = statusCode === 200 ? undefined : `the answer is status ${statusCode}; redirects are not followed`;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (refusal !== undefined || encoding !== 'identity') {
    response.destroy();
    throw new JwksFetchError(refusal ?? 'the answer is compressed, which was not asked for');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) throw new JwksFetchError(`the answer is larger than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
