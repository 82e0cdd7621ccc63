// Decides how an operator's order reaches a running server: over HTTP, with a secret that only the data folder gives.
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operator } from '@parley/api';
import { OperatorAnswer, OperatorOrder } from '@parley/contract';
import type { SecretKeys } from '@parley/tokens';
import type { Logger } from 'pino';
import type { Page } from '../gateway/pages.ts';

/** Where orders go. */
export const OPERATOR_PATH = '/operator';
const header = 'x-parley-operator';
const maxOrderBytes = 8 * 1024;
const answerTimeoutMs = 30_000;

/** The secret under one key of the data folder; whoever can read that folder could change the database as well. */
const secretOf = (key: Uint8Array): string => createHmac('sha256', key).update('operator door').digest('base64url');

/** The value of the header: which key, and the secret made of it. */
function credentialOf(keys: SecretKeys): string {
  const { kid, key } = keys.current('device');
  return `${kid}.${secretOf(key)}`;
}

function isCredential(keys: SecretKeys, presented: string): boolean {
  const [kid = '', secret = ''] = presented.split('.');
  const key = keys.find('device', kid);
  if (key === undefined) return false;
  return timingSafeEqual(hash('sha256', secret, 'buffer'), hash('sha256', secretOf(key.key), 'buffer'));
}

/**
 * Makes the door. Who does not show the secret, or comes through a proxy, finds nothing there.
 *
 * @param options `operator` carries the orders out
 */
export function createOperatorDoor(options: { secretKeys: SecretKeys; operator: Operator; log: Logger }): Page {
  return {
    handle(request, response) {
      if ((request.url ?? '').split('?', 1)[0] !== OPERATOR_PATH || request.method !== 'POST') return false;
      const { headers } = request;
      const presented = headers[header];
      const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
      if (isForwarded || typeof presented !== 'string' || !isCredential(options.secretKeys, presented)) return false;
      void carryOut(options, request, response);
      return true;
    },
  };
}

async function carryOut(
  { operator, log }: { operator: Operator; log: Logger },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const order = OperatorOrder.safeParse(JSON.parse(await readOrder(request)));
    if (!order.success) respond(response, 400, { problem: 'this server does not know the order' });
    else respond(response, 200, await operator.carryOut(order.data));
  } catch (error) {
    log.error({ err: error }, 'an order of the operator failed');
    if (!response.headersSent) respond(response, 500, { problem: 'the order failed; the log of the server says why' });
  }
}

async function readOrder(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxOrderBytes) throw new RangeError('the order is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function respond(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    [header]: 'carried out',
  };
  response.writeHead(status, headers).end(text);
}

/** What sending an order gets: `absent` if no server of this data folder answers there. */
export type Sent =
  | { kind: 'answered'; answer: OperatorAnswer }
  | { kind: 'failed'; problem: string }
  | { kind: 'absent' };

/**
 * Sends an order to the server of this data folder.
 *
 * @param address such as `http://127.0.0.1:8000`
 */
export async function sendOrder(
  to: { address: string; secretKeys: SecretKeys; fetch: typeof globalThis.fetch },
  order: OperatorOrder,
): Promise<Sent> {
  const response = await to
    .fetch(`${to.address}${OPERATOR_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [header]: credentialOf(to.secretKeys) },
      body: JSON.stringify(order),
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
    })
    .catch(undefinedIfRefused);
  if (response?.headers.get(header) !== 'carried out') {
    await response?.body?.cancel();
    return { kind: 'absent' };
  }
  const body: unknown = await response.json();
  if (response.status === 200) return { kind: 'answered', answer: OperatorAnswer.parse(body) };
  const problem: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'problem') : undefined;
  return { kind: 'failed', problem: String(problem) };
}

/** Nobody listening is an answer; a server that takes an order and says nothing is a fault. */
function undefinedIfRefused(error: unknown): undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  if (code === 'ECONNREFUSED') return;
  const reason = cause instanceof Error ? cause.message : String(error);
  throw new Error(`the order did not get an answer: ${reason}`, { cause: error });
}
