// Decides what is recorded of where a request came from.
import type { FastifyRequest } from 'fastify';
import type { Requester } from '../audit/ports.ts';
import { safeText } from './log.ts';

/** Where a request came from. */
export function requesterOf(request: FastifyRequest): Requester {
  return { source: request.source, userAgent: safeText(request.headers['user-agent'] ?? ''), requestId: request.id };
}
