// Decides what a refused code is answered with.
import type { FastifyReply } from 'fastify';
import { problem } from '../../http/problems.ts';
import type { CodeChecked } from './check-code.ts';

/** Answers a code that was wrong, or one of too many; nothing says how many are left. */
export function refuseCode(reply: FastifyReply, refused: CodeChecked & { ok: false }): FastifyReply {
  if (refused.problem === 'auth.challenge_invalid') return problem(reply, refused.problem);
  const { waitSeconds: retryAfterSeconds } = refused;
  const detail = `Too many wrong codes. Wait ${retryAfterSeconds} s before the next try.`;
  return problem(reply, refused.problem, { detail, retryAfterSeconds });
}
