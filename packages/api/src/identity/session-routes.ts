// Decides the endpoints about one's own sessions: the list, ending them, proving again who one is.
import { Id, PasskeyOptions, Reauthentication, SessionList, SessionsEnded } from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { dropRefreshCookie } from './cookies.ts';
import { beginPasskeyProof } from './factors/passkey-proof.ts';
import { endOtherSessions, endOwnSession, logOutEverywhere } from './logout.ts';
import type { IdentityPorts } from './ports.ts';
import { reauthenticate } from './reauthenticate.ts';
import { listSessions } from './session-list.ts';

const tags = ['identity'];
const bodyLimit = LIMITS.authBodyBytes;
const mine = { right: 'account:manage', idempotency: 'off' } as const;
const Empty = z.strictObject({}).optional();

/** Adds the list of sessions, ending one, the others or all, and re-authentication. */
export function registerSessionRoutes(app: ApiApp, ports: IdentityPorts): void {
  addList(app, ports);
  addEndings(app, ports);
  addReauthentication(app, ports);
}

function addReauthentication(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/auth/reauthenticate/options',
    {
      bodyLimit,
      config: { ...mine, rate: 'factors-user' },
      schema: { tags, body: Empty, response: { 200: PasskeyOptions } },
    },
    async (request, reply) => {
      const begun = await beginPasskeyProof(ports, actorOf(request));
      return begun.ok ? reply.code(200).send(begun.options) : problem(reply, begun.problem);
    },
  );
  app.post(
    '/v1/auth/reauthenticate',
    {
      bodyLimit,
      config: { ...mine, rate: 'reauthenticate-user' },
      schema: { tags, body: Reauthentication, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const proof = { given: request.body, requester: requesterOf(request) };
      const proved = await reauthenticate(ports, actorOf(request), proof);
      return proved.ok ? reply.code(204).send(null) : problem(reply, proved.problem);
    },
  );
}

function addList(app: ApiApp, ports: IdentityPorts): void {
  app.get(
    '/v1/me/sessions',
    { config: { right: 'account:manage' }, schema: { tags, response: { 200: SessionList } } },
    (request) => listSessions(ports, actorOf(request)),
  );
  app.delete(
    '/v1/me/sessions/:id',
    {
      config: mine,
      schema: { tags, params: z.object({ id: Id }), response: { 204: z.null() } },
    },
    async (request, reply) => {
      const wanted = { sessionId: request.params.id, requester: requesterOf(request) };
      const hasEnded = await endOwnSession(ports, actorOf(request), wanted);
      return hasEnded ? reply.code(204).send(null) : problem(reply, 'not_found');
    },
  );
}

function addEndings(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/sessions/end-others',
    { bodyLimit, config: mine, schema: { tags, body: Empty, response: { 200: SessionsEnded } } },
    async (request) => ({ ended: await endOtherSessions(ports, actorOf(request), requesterOf(request)) }),
  );
  app.post(
    '/v1/auth/logout-all',
    { bodyLimit, config: mine, schema: { tags, body: Empty, response: { 204: z.null() } } },
    async (request, reply) => {
      await logOutEverywhere(ports, actorOf(request), requesterOf(request));
      return reply.header('set-cookie', dropRefreshCookie(ports.config)).code(204).send(null);
    },
  );
}
