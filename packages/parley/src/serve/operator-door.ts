// Decides how an operator's order reaches a running server: over HTTP, each proving to the other that it can read the data folder.
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
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

/** How far the clocks of the order and of the door may differ: one machine. Also how long an order can come again. */
const maxAgeMs = 30_000;

/** What is proved under a key of the data folder; whoever can read that folder could change the database as well. */
const proofOf = (key: Uint8Array, what: string): string =>
  createHmac('sha256', key).update(`operator door\n${what}`).digest('base64url');

const isProof = (presented: string, expected: string): boolean =>
  timingSafeEqual(hash('sha256', presented, 'buffer'), hash('sha256', expected, 'buffer'));

/** The header of an order: good for this body and for seconds, so that whoever overhears it has no door of his own. */
function credentialOf(keys: SecretKeys, body: string): string {
  const { kid, key } = keys.current('device');
  const [time, digest] = [`${Date.now()}`, hash('sha256', body, 'base64url')];
  return [kid, time, digest, proofOf(key, `order\n${time}\n${digest}`)].join('.');
}

/** The digest of the body that a header is good for; undefined if it is good for none. */
function digestOf(keys: SecretKeys, presented: string): string | undefined {
  const [kid = '', time = '', digest = '', proof = ''] = presented.split('.');
  const key = keys.find('device', kid);
  if (key === undefined || !isProof(proof, proofOf(key.key, `order\n${time}\n${digest}`))) return undefined;
  return Math.abs(Date.now() - Number(time)) <= maxAgeMs ? digest : undefined;
}

/** What the door answers to a greeting: proof that the server is the one of this data folder. */
function greetingAnswer(keys: SecretKeys, greeting: string): string | undefined {
  const [kid = '', nonce = ''] = greeting.split('.');
  const key = keys.find('device', kid);
  return key === undefined || !/^[\w-]{43}$/.test(nonce) ? undefined : proofOf(key.key, `greeting\n${nonce}`);
}

/**
 * Makes the door. Who does not prove to hold the keys, or comes through a proxy, finds nothing there.
 *
 * @param options `operator` carries the orders out
 */
export function createOperatorDoor(options: { secretKeys: SecretKeys; operator: Operator; log: Logger }): Page {
  return {
    handle(request, response) {
      if ((request.url ?? '').split('?', 1)[0] !== OPERATOR_PATH) return false;
      const { headers } = request;
      const presented = headers[header];
      const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
      if (isForwarded || typeof presented !== 'string') return false;
      if (request.method === 'GET') return greet(options.secretKeys, presented, response);
      const digest = request.method === 'POST' ? digestOf(options.secretKeys, presented) : undefined;
      if (digest === undefined) return false;
      void carryOut(options, { request, digest }, response);
      return true;
    },
  };
}

function greet(keys: SecretKeys, greeting: string, response: ServerResponse): boolean {
  const answer = greetingAnswer(keys, greeting);
  if (answer === undefined) return false;
  response.writeHead(204, { 'cache-control': 'no-store', [header]: answer }).end();
  return true;
}

async function carryOut(
  { operator, log }: { operator: Operator; log: Logger },
  { request, digest }: { request: IncomingMessage; digest: string },
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readOrder(request);
    const order = OperatorOrder.safeParse(JSON.parse(body));
    if (hash('sha256', body, 'base64url') !== digest) respond(response, 400, { problem: 'this is another order' });
    else if (!order.success) respond(response, 400, { problem: 'this server does not know the order' });
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
  if (!(await isOurServer(to))) return { kind: 'absent' };
  const text = JSON.stringify(order);
  const response = await to
    .fetch(`${to.address}${OPERATOR_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [header]: credentialOf(to.secretKeys, text) },
      body: text,
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

/** Whether the server of this data folder answers there: nobody else may read an order, which can hold a password. */
async function isOurServer(to: Parameters<typeof sendOrder>[0]): Promise<boolean> {
  const { kid, key } = to.secretKeys.current('device');
  const nonce = randomBytes(32).toString('base64url');
  const response = await to
    .fetch(`${to.address}${OPERATOR_PATH}`, {
      headers: { [header]: `${kid}.${nonce}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
    })
    .catch(undefinedIfRefused);
  await response?.body?.cancel();
  return isProof(response?.headers.get(header) ?? '', proofOf(key, `greeting\n${nonce}`));
}
