// Decides how a request reaches the API: bearer token, one repeat after a refresh, time limit, problems as values.
import type { ClientKind, Problem } from '@parley/contract';
import { DEVICE_HEADER } from './device-token.ts';
import type { DeviceTokens } from './device-token.ts';
import type { Clock, Ports } from './ports.ts';
import { ParleyProblem, clientProblem } from './problem.ts';
import type { Outcome } from './problem.ts';

/** Default time limit of a request, in milliseconds. */
const TIMEOUT_MS = 15_000;
/** Longest `Retry-After` that is believed, in milliseconds. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Where access tokens come from; the session is one. */
export interface TokenSource {
  /** A token that is good now; null when nobody is signed in. Refuses when none can be had at the moment. */
  accessToken(): Promise<Outcome<string | null>>;
  /** A token other than `rejected`, which the server refused. */
  replaceToken(rejected: string): Promise<Outcome<string | null>>;
}

/** One request. `path` begins with `/v1/`. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** Makes repeats of a POST harmless; the same key for every repeat. */
  idempotencyKey?: string;
  /** `file`: the answer is no JSON but something to keep, and `T` is a Blob. */
  answer?: 'json' | 'file';
}

/** Sends requests with the token of `tokens`. Rejects only when `signal` was aborted, with its reason. */
export interface Http {
  /** `T` is what the contract promises for this path; undefined for an answer without a body. */
  request<T>(request: HttpRequest): Promise<Outcome<T>>;
}

/** What {@link sendOnce} needs. */
export interface HttpPorts {
  baseUrl: string;
  /** `web`: cookies go along, with the header that proves our own page; `native`: no cookies at all. */
  kind: ClientKind;
  fetch: Ports['fetch'];
  clock: Pick<Clock, 'now' | 'after'>;
  /** For `native`: browsers have a cookie. */
  devices?: DeviceTokens | undefined;
}

function urlOf(baseUrl: string, request: HttpRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return `${baseUrl}${request.path}${text === '' ? '' : `?${text}`}`;
}

/** Reads `Retry-After`, in seconds or as a date; undefined when absent or unreadable. Milliseconds. */
function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms)) : undefined;
}

function isProblemBody(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  return 'code' in body && typeof body.code === 'string' && 'title' in body && typeof body.title === 'string';
}

async function readProblem(response: Response, now: number): Promise<ParleyProblem> {
  const wait = retryAfterMs(response.headers.get('retry-after'), now);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblemBody(body)) {
    return new ParleyProblem({
      status: response.status,
      code: body.code,
      title: body.title,
      detail: body.detail,
      requestId: body.requestId ?? requestId,
      errors: body.errors,
      retryAfterMs: wait,
      challenge: body.challenge,
    });
  }
  return new ParleyProblem({
    status: response.status,
    code: 'response.unreadable',
    title: 'The server gave an answer that could not be read',
    detail: `HTTP status ${response.status}`,
    requestId,
    retryAfterMs: wait,
  });
}

function headersOf(kind: ClientKind, request: HttpRequest, token: string | null): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    // A foreign page cannot send a header of its own: the server demands it where the cookie speaks.
    'x-parley-client': kind,
  };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
  if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
  return headers;
}

/**
 * Sends one request once.
 *
 * @param token the bearer token, null for none
 * @throws the reason of `request.signal` when it was aborted
 */
export async function sendOnce<T>(ports: HttpPorts, request: HttpRequest, token: string | null): Promise<Outcome<T>> {
  const limit = new AbortController();
  const stopTimer = ports.clock.after(request.timeoutMs ?? TIMEOUT_MS, () => limit.abort());
  const signal = request.signal === undefined ? limit.signal : AbortSignal.any([request.signal, limit.signal]);
  try {
    const device = ports.devices === undefined ? null : await ports.devices.show(request.path);
    const response = await ports.fetch(urlOf(ports.baseUrl, request), {
      method: request.method,
      headers: {
        ...headersOf(ports.kind, request, token),
        ...(device === null ? {} : { [DEVICE_HEADER]: device }),
      },
      credentials: ports.kind === 'web' ? 'include' : 'omit',
      redirect: 'error',
      signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    if (!response.ok) return { ok: false, problem: await readProblem(response, ports.clock.now()) };
    const newDevice = response.headers.get(DEVICE_HEADER);
    if (newDevice !== null) await ports.devices?.keep(newDevice);
    if (request.answer === 'file') return { ok: true, value: (await response.blob()) as T };
    const text = await response.text();
    return { ok: true, value: (text === '' ? undefined : JSON.parse(text)) as T };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (limit.signal.aborted) {
      return { ok: false, problem: clientProblem('network.timeout', 'The server took too long to answer') };
    }
    if (error instanceof SyntaxError) {
      return { ok: false, problem: clientProblem('response.unreadable', 'The server gave an answer that is not JSON') };
    }
    return { ok: false, problem: clientProblem('network.unreachable', 'The server cannot be reached') };
  } finally {
    stopTimer();
  }
}

/** A wrong password or code is refused with 401 too: another token would not make it right, it would count twice. */
function isAboutToken({ status, code }: ParleyProblem): boolean {
  return status === 401 && code !== 'auth.invalid_credentials' && code !== 'auth.challenge_invalid';
}

/**
 * Makes the API's door: adds the bearer token and, when the server refuses it with 401, asks once for another one
 * and repeats the request.
 */
export function createHttp(ports: HttpPorts, tokens: TokenSource): Http {
  return {
    async request<T>(request: HttpRequest): Promise<Outcome<T>> {
      const token = await tokens.accessToken();
      if (!token.ok) return token;
      const first = await sendOnce<T>(ports, request, token.value);
      if (first.ok || token.value === null || !isAboutToken(first.problem)) return first;
      const other = await tokens.replaceToken(token.value);
      if (!other.ok) return other;
      if (other.value === null || other.value === token.value) return first;
      return sendOnce<T>(ports, request, other.value);
    },
  };
}
