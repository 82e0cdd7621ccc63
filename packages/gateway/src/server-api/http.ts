// Decides the HTTP door of the server API: who may call, how large a body may be, which status an answer has.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiErrorStatus, readRawJson, type ReplyError } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { background } from '../log.ts';
import { isBodyUnread, readBody } from '../request-body.ts';
import { createKeyCheck } from './api-key.ts';
import { type Answer, call, callLines, isCallable, printAnswer } from './calls.ts';
import { refused } from './method.ts';

/** Takes a request that is for the server API; false if it is not for its path. */
export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Makes the door. Without a key, and unless it is insecure on purpose, it answers 401 to everyone. */
export function createHttpDoor(context: GatewayContext): HttpDoor {
  const { handler_prefix: prefix, key, insecure } = context.config.http_api;
  const hasKey = createKeyCheck(key);
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
    const method = path.slice(prefix.length + 1);
    if (!insecure && !hasKey(request)) respond(request, response, unauthorized);
    else if (method !== '' && !isCallable(method)) respond(request, response, { status: 404, text: 'no such method' });
    else if (request.method !== 'POST') respond(request, response, { status: 405, text: 'use POST' });
    else background(context.log, serve(context, { request, response, method }));
    return true;
  };
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  /** "" is the legacy form. */
  method: string;
}

interface HttpAnswer {
  status: number;
  text?: string;
  json?: string;
}

const unauthorized: HttpAnswer = {
  status: 401,
  text: 'send the API key in X-API-Key or "Authorization: apikey <key>"',
};
const malformed: HttpAnswer = { status: 400, text: 'the body is not what this method takes' };

async function serve(context: GatewayContext, { request, response, method }: Call): Promise<void> {
  const max = context.config.http_api.max_request_body_size;
  const body = await readBody(request, max);
  if (body === 'gone') return;
  const answer = body === 'too large' ? tooLarge(max) : await answerTo(context, { request, response, method }, body);
  respond(request, response, answer);
}

function tooLarge(max: number): HttpAnswer {
  return { status: 413, text: `the body is larger than ${max} bytes (http_api.max_request_body_size)` };
}

async function answerTo(context: GatewayContext, { request, method }: Call, body: Buffer): Promise<HttpAnswer> {
  if (!isUtf8(body)) return malformed;
  if (method === '') {
    const lines = await callLines(context, body.toString());
    return lines === undefined ? malformed : { status: 200, json: lines };
  }
  const raw = readRawJson(body.toString());
  if (raw === undefined || !raw.startsWith('{')) return malformed;
  const answer = await call(context, method, raw);
  const usesStatus =
    context.config.http_api.error_mode === 'transport' || request.headers['x-centrifugo-error-mode'] === 'transport';
  return httpAnswer(method, answer, usesStatus);
}

function httpAnswer(method: string, answer: Answer, usesStatus: boolean): HttpAnswer {
  if (answer.ok) return { status: 200, json: method === 'batch' ? answer.result : printAnswer(answer) };
  if (answer.error === undefined) return malformed;
  return usesStatus ? errorByStatus(answer.error) : { status: 200, json: printAnswer(answer) };
}

function errorByStatus(error: ReplyError): HttpAnswer {
  return { status: apiErrorStatus.get(error.code) ?? 500, json: JSON.stringify(refused(error).error) };
}

function respond(request: IncomingMessage, response: ServerResponse, { status, text, json }: HttpAnswer): void {
  const body = json ?? `${text}\n`;
  response.writeHead(status, {
    'Content-Type': json === undefined ? 'text/plain; charset=utf-8' : 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(isBodyUnread(request) && request.httpVersionMajor === 1 ? { Connection: 'close' } : {}),
  });
  response.end(body);
}
