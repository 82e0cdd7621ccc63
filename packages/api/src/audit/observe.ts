// Decides which refusals of the HTTP doors are audited, and as what.
import type { ProblemCode } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requesterOf } from '../http/requester.ts';
import type { AuditEventName } from './events.ts';
import type { Audit, AuditEntry } from './ports.ts';

/** The event of a problem; problems that are not named here are everyday life. */
const EVENTS: Partial<Record<ProblemCode, AuditEventName>> = {
  'auth.invalid_token': 'token.rejected',
  'auth.csrf': 'csrf.rejected',
  'rate.limited': 'ratelimit.exceeded',
  'auth.forbidden': 'scope.denied',
};

/**
 * Notes the refusal of a request, once it has been answered. The class of the refusal is `request.refusal`, which is
 * never shown to who asked.
 */
export function noteRefusal(audit: Pick<Audit, 'note'>, request: FastifyRequest, reply: FastifyReply): void {
  const name = reply.problemCode === null ? undefined : EVENTS[reply.problemCode];
  if (name === undefined) return;
  // Who is told to come again without a bucket of theirs being empty was held back by what audits that itself.
  if (name === 'ratelimit.exceeded' && request.refusal === null) return;
  audit.note({
    name,
    outcome: 'failure',
    requester: requesterOf(request),
    reason: request.refusal ?? 'refused',
    ...actorFields(request),
    details: { route: request.routeOptions.url ?? 'none' },
  });
}

/** Notes that a page of an origin that may not call the api has called it. */
export function noteForeignOrigin(audit: Pick<Audit, 'note'>, request: FastifyRequest): void {
  audit.note({
    name: 'cors.rejected',
    outcome: 'failure',
    requester: requesterOf(request),
    reason: 'origin',
    details: { route: request.routeOptions.url ?? 'none' },
  });
}

function actorFields({ actor }: FastifyRequest): Pick<AuditEntry, 'actorId' | 'sessionId'> {
  return actor === null ? {} : { actorId: actor.userId, sessionId: actor.sessionId };
}
