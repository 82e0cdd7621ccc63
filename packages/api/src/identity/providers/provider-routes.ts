// Decides the endpoints of signing in elsewhere: the way there, the way back, links of one's own account.
import { ProviderRedirect, ProviderStart, type ProblemCode } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../../http/api-app.ts';
import { actorOf } from '../../http/gate.ts';
import { LIMITS } from '../../http/limits.ts';
import { problem } from '../../http/problems.ts';
import { requesterOf } from '../../http/requester.ts';
import { answerOpened } from '../answer-opened.ts';
import type { IdentityPorts } from '../ports.ts';
import { linkIdentity, unlinkIdentity } from './identities.ts';
import { signInFromProvider } from './sign-in.ts';
import { personBehind } from './talk.ts';
import { beginLink, beginSignIn, takeVisit, type ReturnedVisit, type VisitBegun } from './visit.ts';
import { dropVisitCookie, keepVisitCookie, readVisitCookie } from './visit-cookie.ts';

const tags = ['identity'];
const Params = z.object({ id: z.string().max(100) });
const bodyLimit = LIMITS.authBodyBytes;

/** Adds sign-in, linking and unlinking. */
export function registerProviderRoutes(app: ApiApp, ports: IdentityPorts): void {
  addVisits(app, ports);
  addReturn(app, ports);
  app.delete(
    '/v1/me/providers/:id',
    {
      config: { right: 'account:manage', rate: 'factors-user' },
      schema: { tags, params: Params, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const changer = { actor: actorOf(request), requester: requesterOf(request) };
      const unlinked = await unlinkIdentity(ports, changer, ports.directory.find(request.params.id));
      return unlinked.ok ? reply.code(204).send(null) : problem(reply, unlinked.problem);
    },
  );
}

function addVisits(app: ApiApp, ports: IdentityPorts): void {
  const answer = (reply: FastifyReply, begun: VisitBegun): FastifyReply => {
    if (!begun.ok) return problem(reply, begun.problem);
    return reply.header('set-cookie', keepVisitCookie(ports.config, begun.secret)).code(200).send({ url: begun.url });
  };
  app.post(
    '/v1/auth/providers/:id/start',
    {
      bodyLimit,
      config: { access: 'public', rate: 'provider-source' },
      schema: { tags, params: Params, body: ProviderStart, response: { 200: ProviderRedirect } },
    },
    async (request, reply) => answer(reply, await beginSignIn(ports, request.params.id, request.body.invitation)),
  );
  app.post(
    '/v1/me/providers/:id/start',
    {
      bodyLimit,
      config: { right: 'account:manage', rate: 'factors-user', idempotency: 'off' },
      schema: { tags, params: Params, body: z.strictObject({}).nullish(), response: { 200: ProviderRedirect } },
    },
    async (request, reply) => answer(reply, await beginLink(ports, request.params.id, actorOf(request))),
  );
}

/** The pages that a visit may end on; nothing of the request decides where the browser goes. */
const PAGES = { home: '/', signIn: '/sign-in', account: '/account' } as const;

function addReturn(app: ApiApp, ports: IdentityPorts): void {
  const leave = (
    reply: FastifyReply,
    page: keyof typeof PAGES,
    fragment: Record<string, string> = {},
  ): FastifyReply => {
    const hash = new URLSearchParams(fragment).toString();
    return reply.redirect(`${ports.config.publicUrl}${PAGES[page]}${hash === '' ? '' : `#${hash}`}`, 303);
  };
  const fail = (reply: FastifyReply, page: 'signIn' | 'account', code: ProblemCode): FastifyReply =>
    leave(reply, page, { problem: code });

  app.get(
    '/v1/auth/providers/:id/callback',
    { config: { access: 'public', rate: 'provider-source' }, schema: { tags, params: Params } },
    async (request, reply) => {
      const { search, searchParams } = new URL(request.raw.url ?? '/', ports.config.publicUrl);
      const secret = readVisitCookie(ports.config, request.raw.rawHeaders);
      const came = { providerId: request.params.id, secret, state: searchParams.get('state') };
      const visit = await takeVisit(ports, came);
      if (visit === undefined) return fail(reply, 'signIn', 'auth.challenge_invalid');
      reply.header('set-cookie', dropVisitCookie(ports.config));
      const found = await personBehind(ports, visit.provider, { search, secrets: visit.secrets });
      const page = visit.purpose.kind === 'link' ? 'account' : 'signIn';
      if (!found.ok) {
        request.log.warn({ event: 'provider.failed', provider: visit.provider.id, reason: found.reason }, 'no sign-in');
        return fail(reply, page, 'provider.failed');
      }
      const ended = await endVisit(request, reply, { ports, visit, person: found.value });
      return ended.ok ? leave(reply, ended.page, ended.fragment) : fail(reply, page, ended.problem);
    },
  );
}

type Ended =
  | { ok: true; page: keyof typeof PAGES; fragment: Record<string, string> }
  | { ok: false; problem: ProblemCode };

async function endVisit(
  request: FastifyRequest,
  reply: FastifyReply,
  came: { ports: IdentityPorts; visit: ReturnedVisit; person: Parameters<typeof signInFromProvider>[1]['person'] },
): Promise<Ended> {
  const { ports, visit, person } = came;
  const { provider, purpose } = visit;
  const requester = requesterOf(request);
  if (purpose.kind === 'link') {
    const linked = await linkIdentity(ports, { provider, person, requester, ...purpose });
    return linked.ok ? { ok: true, page: 'account', fragment: { linked: provider.id } } : linked;
  }
  const signedIn = await signInFromProvider(ports, { provider, person, requester, invitation: purpose.invitation });
  if (!signedIn.ok) return signedIn;
  if ('secondFactor' in signedIn) {
    const { ticket, methods, expiresIn } = signedIn.secondFactor;
    const fragment = { ticket, methods: methods.join(' '), expiresIn: String(expiresIn) };
    return { ok: true, page: 'signIn', fragment };
  }
  // The cookie is the session; the page renews it for its first access token.
  answerOpened(reply, ports, signedIn.opened);
  return { ok: true, page: 'home', fragment: {} };
}
