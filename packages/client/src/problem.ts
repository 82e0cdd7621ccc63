// Decides how a failure looks to the application: one class for refusals of the server and for a lost network.
import type { FieldProblem, ProblemCode, ProofOfWork } from '@parley/contract';

/** Failures that the client finds by itself. */
export type ClientProblemCode =
  | 'network.unreachable'
  | 'network.timeout'
  | 'response.unreadable'
  | 'session.ended'
  | 'message.blank'
  | 'message.too_long'
  | 'outbox.full';

/** Every code that a {@link ParleyProblem} may have. */
export type AnyProblemCode = ProblemCode | ClientProblemCode;

/** What a problem is made of; see {@link ParleyProblem}. */
export interface ProblemFields {
  status: number;
  code: AnyProblemCode;
  title: string;
  detail?: string | undefined;
  requestId?: string | undefined;
  errors?: readonly FieldProblem[] | undefined;
  retryAfterMs?: number | undefined;
  challenge?: ProofOfWork | undefined;
}

/**
 * Why something did not happen. `status` is the HTTP status, 0 when no answer came. `title` is for people, `code`
 * for programs, `requestId` for the operator. It is returned, not thrown; it is an Error so that query libraries
 * can be given it by {@link unwrap}.
 */
export class ParleyProblem extends Error {
  override readonly name = 'ParleyProblem';
  readonly status: number;
  readonly code: AnyProblemCode;
  readonly title: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldProblem[];
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The work that the server wants to see first, see `solveProofOfWork`. */
  readonly challenge: ProofOfWork | undefined;

  constructor(fields: ProblemFields) {
    super(fields.detail === undefined ? fields.title : `${fields.title}: ${fields.detail}`);
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
    this.errors = fields.errors ?? [];
    this.retryAfterMs = fields.retryAfterMs;
    this.challenge = fields.challenge;
  }
}

/** What came of a call: a value, or the reason why not. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: ParleyProblem };

/**
 * Turns an outcome into a value or an exception, for libraries that want exceptions.
 *
 * @throws ParleyProblem when the outcome is a refusal
 */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw outcome.problem;
  return outcome.value;
}

/** Whether the same request may succeed later without anybody changing anything. */
export function isRetryable(problem: ParleyProblem): boolean {
  if (problem.code === 'network.unreachable' || problem.code === 'network.timeout') return true;
  if (problem.code === 'idempotency.in_progress' || problem.code === 'response.unreadable') return true;
  return problem.status === 408 || problem.status === 425 || problem.status === 429 || problem.status >= 500;
}

/** Whether the problem says that the session no longer allows anything. */
export const isSessionEnd = (problem: ParleyProblem): boolean =>
  problem.status === 401 || problem.code === 'session.ended';

/** Makes a problem that the client found by itself. */
export function clientProblem(code: ClientProblemCode, title: string, detail?: string): ParleyProblem {
  return new ParleyProblem({ status: 0, code, title, detail });
}
