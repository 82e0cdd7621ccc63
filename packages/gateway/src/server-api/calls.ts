// Decides how calls of the server API look as text: single, in a batch, and in the legacy form.
import {
  isServerApiMethod,
  parseRawJson,
  printHistory,
  printMapPart,
  printPresence,
  type Payload,
  type RawJson,
  readRawJson,
  readServerApiParams,
  type ReplyError,
  replyErrors,
  type ServerApiMethod,
  type ServerApiMethods,
  sliceElements,
  sliceMember,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { refused } from './method.ts';
import { methods } from './methods.ts';

/** The outcome of a call as text, or that its body cannot be read at all. */
export type Answer =
  | { readonly ok: true; readonly result: string }
  | { readonly ok: false; readonly error: ReplyError }
  | { readonly ok: false; readonly malformed: true; readonly error?: never };

/** Whether there is something to call by this name. */
export function isCallable(name: string): boolean {
  return name === 'batch' || name === 'rpc' || isServerApiMethod(name);
}

/** Carries out one call by name. `body` is the text of its parameters. */
export async function call(context: GatewayContext, name: string, body: RawJson): Promise<Answer> {
  if (name === 'batch') return callBatch(context, body);
  if (name === 'rpc') return callRpc(body);
  if (!isServerApiMethod(name)) return { ok: false, error: replyErrors.methodNotFound };
  const startedAt = context.metrics.elapsed();
  const answer = await callMethod(context, name, body);
  context.metrics.called('http', name, { startedAt, error: errorLabel(answer) });
  return answer;
}

/**
 * Carries out a legacy body: calls with their names, one a line.
 *
 * @returns one answer a line; undefined if a line is no call
 */
export async function callLines(context: GatewayContext, text: string): Promise<string | undefined> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > limits.maxBatchCommands) return undefined;
  const answers: string[] = [];
  for (const line of lines) {
    const raw = readRawJson(line);
    const method = raw && methodOf(raw);
    if (raw === undefined || method === undefined || method === 'batch') return undefined;
    const answer = await call(context, method, sliceMember(raw, ['params']) ?? emptyObject);
    if (!answer.ok && answer.error === undefined) return undefined;
    answers.push(printAnswer(answer));
  }
  return answers.join('\n');
}

/** The body of an answer in the default error mode. */
export function printAnswer(answer: Exclude<Answer, { malformed: true }>): string {
  return answer.ok ? `{"result":${answer.result}}` : JSON.stringify(refused(answer.error));
}

function errorLabel(answer: Answer): string | undefined {
  if (answer.ok) return undefined;
  return answer.error === undefined ? 'transport' : String(answer.error.code);
}

const emptyObject = '{}' as RawJson;

/** There is nothing behind `rpc` here, as in Centrifugo: every method is unknown. */
function callRpc(body: RawJson): Answer {
  return { ok: false, error: methodOf(body) ? replyErrors.methodNotFound : replyErrors.badRequest };
}

async function callMethod<M extends ServerApiMethod>(
  context: GatewayContext,
  method: M,
  body: RawJson,
): Promise<Answer> {
  const read = readServerApiParams(method, body);
  if (!read.ok) {
    return read.problem === 'malformed' ? { ok: false, malformed: true } : { ok: false, error: replyErrors.badRequest };
  }
  try {
    const reply = await methods[method](context, read.params);
    if (reply.error !== undefined) return { ok: false, error: reply.error };
    const result = printResult(method, reply.result);
    // A payload of bytes that are no JSON has no form here.
    return result === undefined ? { ok: false, error: replyErrors.internal } : { ok: true, result };
  } catch (error) {
    context.log.error({ err: error, method }, 'server api call failed');
    return { ok: false, error: replyErrors.internal };
  }
}

async function callBatch(context: GatewayContext, body: RawJson): Promise<Answer> {
  const commands = sliceMember(body, ['commands']);
  if (commands === undefined || !commands.startsWith('[')) return { ok: false, error: replyErrors.badRequest };
  const elements = sliceElements(commands);
  if (elements.length > limits.maxBatchCommands) return { ok: false, error: replyErrors.badRequest };
  const isParallel = sliceMember(body, ['parallel']) === 'true';
  const replies: string[] = [];
  if (isParallel) replies.push(...(await Promise.all(elements.map((element) => callElement(context, element)))));
  else for (const element of elements) replies.push(await callElement(context, element));
  return { ok: true, result: `{"replies":[${replies.join(',')}]}` };
}

async function callElement(context: GatewayContext, element: RawJson): Promise<string> {
  const parsed = parseRawJson(element);
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const method = isObject ? Object.keys(parsed).find((name) => name !== 'batch' && isCallable(name)) : undefined;
  const body = method === undefined ? undefined : sliceMember(element, [method]);
  if (method === undefined || body === undefined) return JSON.stringify(refused(replyErrors.badRequest));
  const answer = await call(context, method, body);
  if (answer.ok) return `{${JSON.stringify(method)}:${answer.result}}`;
  return JSON.stringify(refused(answer.error ?? replyErrors.badRequest));
}

function methodOf(raw: RawJson): string | undefined {
  const slice = sliceMember(raw, ['method']);
  const value = slice === undefined ? undefined : parseRawJson(slice);
  return typeof value === 'string' ? value : undefined;
}

type RawResult<M extends ServerApiMethod> = ServerApiMethods<Payload>[M]['result'];

function printResult<M extends ServerApiMethod>(method: M, result: RawResult<M>): string | undefined {
  // Only these results hold payloads; the compiler does not follow `method` into the type of `result`.
  if (method === 'presence') return printPresence(new Map(Object.entries((result as RawResult<'presence'>).presence)));
  if (method === 'history') {
    const { publications, offset, epoch } = result as RawResult<'history'>;
    return printHistory({ publications: publications.map((one) => ({ offset: 0, ...one })), offset, epoch });
  }
  if (method === 'map_read_state' || method === 'map_read_stream') {
    return printMapPart(result as RawResult<'map_read_state' | 'map_read_stream'>);
  }
  if (method === 'publish') {
    // The hottest one, without the replacer.
    const { offset, epoch } = result as RawResult<'publish'>;
    return JSON.stringify({ offset: offset || undefined, epoch: epoch || undefined });
  }
  if (omitsZeros.has(method)) return JSON.stringify(result, withoutZeros);
  return JSON.stringify(result);
}

const omitsZeros: ReadonlySet<ServerApiMethod> = new Set(['broadcast', 'map_publish', 'map_remove', 'map_stats']);

function withoutZeros(_name: string, value: unknown): unknown {
  return value === 0 || value === '' ? undefined : value;
}
