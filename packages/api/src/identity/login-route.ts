// Decides the endpoint that a password is presented to, and what is counted before its body is read.
import { LoginRequest, SignInAnswer } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiApp } from '../http/api-app.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { refuseFor, refuseTooMany, type Taken } from '../http/rate-limits.ts';
import { requesterOf } from '../http/requester.ts';
import { answerOpened } from './answer-opened.ts';
import { readDevice } from './devices.ts';
import { logIn, type LoggedIn } from './login.ts';
import type { IdentityPorts } from './ports.ts';

/** Adds the login with a password. */
export function addLogin(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/auth/login',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { access: 'public' },
      onRequest: (request, reply) => holdBack(ports, request, reply),
      schema: { tags: ['identity'], body: LoginRequest, response: { 200: SignInAnswer } },
    },
    async (request, reply) => {
      const loggedIn = await logIn(ports, request.body, {
        requester: requesterOf(request),
        device: readDevice(ports, request.raw.rawHeaders),
        overdrawn: request.overdrawn,
      });
      if (!loggedIn.ok) return refuse(request, reply, loggedIn);
      if ('secondFactor' in loggedIn) return reply.code(200).send({ secondFactor: loggedIn.secondFactor });
      return reply.code(200).send(answerOpened(reply, ports, loggedIn.opened));
    },
  );
}

/**
 * Counts the source, before the body is read. Somebody who shares an address with an attacker still gets in from a
 * device of theirs: its token is genuine, and whether it is theirs is seen when the name is known.
 */
async function holdBack(ports: IdentityPorts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const taken = await takeFromSource(ports, request.source);
  if (taken.ok) return undefined;
  if (readDevice(ports, request.raw.rawHeaders) === undefined) {
    await noteSource(ports, request, taken);
    return refuseTooMany(reply, taken);
  }
  request.overdrawn = taken;
  return undefined;
}

async function takeFromSource(ports: IdentityPorts, source: string): Promise<Taken> {
  const weighed = await ports.limits.takeWeight('login-source', source);
  return weighed.ok ? ports.limits.take('login-source', source) : weighed;
}

/** A flood from one source is one event, not a flood of them. */
async function noteSource(ports: IdentityPorts, request: FastifyRequest, taken: Taken & { ok: false }): Promise<void> {
  if (!(await ports.limits.take('login-noted', `source:${request.source}`)).ok) return;
  const requester = requesterOf(request);
  ports.audit.note({ name: 'ratelimit.exceeded', outcome: 'failure', reason: taken.rate, requester });
}

function refuse(request: FastifyRequest, reply: FastifyReply, refused: LoggedIn & { ok: false }): FastifyReply {
  request.log.info({ event: 'login.failed', reason: refused.problem, source: request.source }, 'login refused');
  if (refused.problem === 'rate.limited') return refuseFor(reply, refused.waitSeconds);
  if (refused.problem === 'auth.challenge_required')
    return problem(reply, refused.problem, { challenge: refused.challenge });
  return problem(reply, refused.problem);
}
