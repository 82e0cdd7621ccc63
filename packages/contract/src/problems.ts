// Decides the problem codes, their HTTP status and title, and the body that carries them (RFC 9457).
import { z } from 'zod';

/** Every problem code with its HTTP status and title. Codes are stable; titles are for people. */
export const PROBLEMS = {
  'request.malformed': { status: 400, title: 'The request could not be read' },
  'request.invalid': { status: 400, title: 'The request has wrong or missing fields' },
  'auth.required': { status: 401, title: 'Sign in to do this' },
  'auth.invalid_token': { status: 401, title: 'The access token is not valid' },
  'auth.invalid_credentials': { status: 401, title: 'The e-mail address or the password is wrong' },
  'auth.invalid_grant': { status: 401, title: 'The session has ended; sign in again' },
  'auth.forbidden': { status: 403, title: 'You may not do this' },
  'auth.csrf': { status: 403, title: 'The request did not come from this site' },
  'auth.reauthentication_required': { status: 403, title: 'Prove again who you are to do this' },
  'auth.challenge_invalid': { status: 401, title: 'The code or the ticket is wrong or has expired' },
  'auth.challenge_required': { status: 403, title: 'Solve the challenge to try again' },
  'password.unset': { status: 409, title: 'This account has no password' },
  'link.invalid': { status: 410, title: 'This link has expired or was used' },
  'mail.unavailable': { status: 409, title: 'No mail server is configured; an administrator can hand over the link' },
  'factor.exists': { status: 409, title: 'This factor is set up already' },
  'factor.last': { status: 409, title: 'The last way to sign in cannot be removed' },
  'passkey.invalid': { status: 400, title: 'The passkey could not be verified' },
  'provider.failed': { status: 502, title: 'The sign-in provider did not answer as it should' },
  'provider.unlinked': { status: 403, title: 'No account belongs to this sign-in' },
  'apikey.limit': { status: 409, title: 'There are too many keys' },
  'apikey.replaced': { status: 409, title: 'This key has been replaced already' },
  'session_auth.unavailable': { status: 503, title: 'The older system that knows this session does not answer' },
  'scope.too_wide': { status: 403, title: 'A key cannot have a right that you do not have' },
  'registration.closed': { status: 403, title: 'Registration is closed' },
  'invitation.required': { status: 403, title: 'An invitation is needed to register' },
  'invitation.invalid': { status: 410, title: 'This invitation has expired or was used' },
  'setup.done': { status: 409, title: 'The set-up has been done already' },
  'setup.invalid_token': { status: 403, title: 'This set-up link is not valid' },
  'password.policy': { status: 400, title: 'The password does not fit the rules' },
  'user.exists': { status: 409, title: 'There is an account with this e-mail address' },
  'user.last_admin': { status: 409, title: 'The last administrator cannot lose the role' },
  not_found: { status: 404, title: 'There is no such thing, or you may not see it' },
  'method.not_allowed': { status: 405, title: 'This method is not allowed here' },
  'room.last_owner': { status: 409, title: 'The last owner cannot leave while others remain' },
  'message.deleted': { status: 409, title: 'This message has been deleted' },
  'refresh.superseded': { status: 409, title: 'Another tab has renewed the session' },
  'idempotency.in_progress': { status: 409, title: 'The first request with this key is still running' },
  'idempotency.mismatch': { status: 422, title: 'This idempotency key was used with another request' },
  'body.too_large': { status: 413, title: 'The body is too large' },
  'media.unsupported': { status: 415, title: 'Send JSON with content type application/json' },
  'rate.limited': { status: 429, title: 'Too many requests; try again later' },
  'server.error': { status: 500, title: 'Something went wrong on the server' },
  'server.busy': { status: 503, title: 'The server is busy; try again' },
  'storage.full': { status: 507, title: 'The disk is full; nothing was stored' },
  'storage.unavailable': { status: 503, title: 'The database cannot be reached; nothing was stored' },
} as const satisfies Record<string, { status: number; title: string }>;

/** A stable problem code; see {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** All problem codes, in the order of the table. */
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** One wrong field: `pointer` is an RFC 6901 JSON pointer into the body or the query. */
export const FieldProblem = z.object({ pointer: z.string(), message: z.string() });
/** See {@link FieldProblem}. */
export type FieldProblem = z.infer<typeof FieldProblem>;

/**
 * A proof of work that a sign-in must bring: for each part from 0 to `parts` - 1 a number, such that the SHA-256 of the
 * text `puzzle.part.number` begins with `bits` zero bits. Send `seal` and the numbers, in order and joined with dots,
 * as `proof` before `expiresAt`. Good once, for this name from this address.
 */
export const ProofOfWork = z.object({
  kind: z.literal('sha256'),
  puzzle: z.string(),
  seal: z.string(),
  parts: z.number().int(),
  bits: z.number().int(),
  expiresAt: z.string(),
});
/** See {@link ProofOfWork}. */
export type ProofOfWork = z.infer<typeof ProofOfWork>;

/** An `application/problem+json` body. `type` leads to the documentation of `code`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]),
  detail: z.string().optional(),
  instance: z.string().optional(),
  requestId: z.string(),
  errors: z.array(FieldProblem).optional(),
  challenge: ProofOfWork.optional(),
});
/** See {@link Problem}. */
export type Problem = z.infer<typeof Problem>;
