// Decides how a refusal or a fault becomes an HTTP answer (RFC 9457).
import { PROBLEMS, type FieldProblem, type Problem, type ProblemCode, type ProofOfWork } from '@parley/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { StorageError } from '../db/database.ts';

/** What an answer may add to its code. `detail` is for people; `retryAfterSeconds` becomes `Retry-After`. */
export interface ProblemDetails {
  detail?: string;
  errors?: FieldProblem[];
  retryAfterSeconds?: number;
  challenge?: ProofOfWork;
}

/** Thrown by body and query validation; carries the wrong fields to {@link answerError}. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly errors: FieldProblem[];
  constructor(errors: FieldProblem[]) {
    super('the request has wrong or missing fields');
    this.errors = errors;
  }
}

/** Problems whose remedy is to wait, with the whole seconds that `Retry-After` says. */
const WAITS: Partial<Record<ProblemCode, number>> = {
  'server.busy': 1,
  'session_auth.unavailable': 1,
  'storage.unavailable': 1,
  'storage.full': 60,
  'idempotency.in_progress': 1,
};

/**
 * Answers with a problem.
 *
 * @param code decides status and title
 * @returns the reply, so that a handler can `return problem(…)`
 */
export function problem(reply: FastifyReply, code: ProblemCode, details: ProblemDetails = {}): FastifyReply {
  const { status, title } = PROBLEMS[code];
  const body: Problem = {
    type: `${reply.server.problemTypes}#${code}`,
    title,
    status,
    code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    requestId: reply.request.id,
    ...(details.errors === undefined ? {} : { errors: details.errors }),
    ...(details.challenge === undefined ? {} : { challenge: details.challenge }),
  };
  const waitSeconds = details.retryAfterSeconds ?? WAITS[code];
  if (waitSeconds !== undefined) reply.header('retry-after', String(Math.ceil(waitSeconds)));
  return reply
    .code(status)
    .header('x-request-id', reply.request.id)
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

/** What the framework itself refuses, by its error code. */
const FRAMEWORK: Record<string, { code: ProblemCode; detail: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media.unsupported', detail: 'Send the body as application/json.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body.too_large', detail: 'Send a smaller body.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request.malformed', detail: 'The body is empty; send JSON.' },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'request.malformed',
    detail: 'The body is not JSON in UTF-8, or has a member named __proto__ or constructor.prototype.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request.malformed',
    detail: 'The body has another size than Content-Length says.',
  },
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: { code: 'media.unsupported', detail: 'Send the body as application/json.' },
  FST_ERR_BAD_URL: { code: 'request.malformed', detail: 'The address is not correctly percent-encoded.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', detail: 'A part of the address is too long.' },
};

/**
 * The one place where thrown errors end: wrong fields, framework refusals, a database that cannot, and everything
 * else as `server.error`, logged with the request id and never shown.
 */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof InvalidRequest) return problem(reply, 'request.invalid', { errors: error.errors });
  if (error instanceof StorageError) {
    request.log.error({ code: error.code, reason: error.message }, 'storage refused');
    return problem(reply, error.code);
  }
  const known = FRAMEWORK[error.code];
  if (known !== undefined) return problem(reply, known.code, { detail: known.detail });
  // Who breaks off a request gets no answer any more; it is no fault of ours either.
  if (request.raw.readableAborted) return problem(reply, 'request.malformed', { detail: 'The body is not complete.' });
  request.log.error({ err: error }, 'request failed');
  return problem(reply, 'server.error', { detail: 'Tell the operator the request id; the log has the cause.' });
}
