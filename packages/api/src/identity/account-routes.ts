// Decides the endpoints about people: the public configuration, oneself, invitations, the directory, roles.
import {
  Cursor,
  Id,
  Invitation,
  InvitationCreate,
  InvitationLookup,
  InvitationOffer,
  Limit,
  OwnRights,
  PublicConfig,
  RoleChange,
  User,
  UserPage,
  rightsOf,
} from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf, challenge } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { presentUser } from './accounts.ts';
import { invite, lookUpInvitation } from './invitations.ts';
import { changePerson } from './manage-people.ts';
import type { IdentityPorts } from './ports.ts';
import { isSetupRequired } from './setup.ts';
import { findUser, listUsers } from './users.ts';

const tags = ['identity'];

/** Adds configuration, me, invitations and users. */
export function registerAccountRoutes(app: ApiApp, ports: IdentityPorts): void {
  addConfig(app, ports);
  addInvitations(app, ports);
  addUsers(app, ports);
}

function addConfig(app: ApiApp, ports: IdentityPorts): void {
  const { config } = ports;
  // Once somebody has an account it stays so: the question is not asked again.
  const setup = { isDone: false };
  app.get(
    '/v1/config',
    { config: { access: 'public' }, schema: { tags, response: { 200: PublicConfig } } },
    async () => {
      setup.isDone ||= !(await isSetupRequired(ports.database.read));
      const { registration, realtimeUrl, passwordMinLength, version } = config;
      const providers = config.providers.map(({ id, name }) => ({ id, name }));
      return { setupRequired: !setup.isDone, registration, realtimeUrl, passwordMinLength, providers, version };
    },
  );
}

function addInvitations(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/invitations',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { right: 'invitations:create', rate: 'invitations-user', idempotency: 'off' },
      schema: { tags, body: InvitationCreate, response: { 201: Invitation } },
    },
    async (request, reply) => {
      const invited = await invite(ports, actorOf(request), request.body);
      if (!invited.ok) return problem(reply, invited.problem);
      return reply.code(201).send(invited.invitation);
    },
  );
  app.post(
    '/v1/invitations/lookup',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { access: 'public', rate: 'lookup-source' },
      schema: { tags, body: InvitationLookup, response: { 200: InvitationOffer } },
    },
    async (request, reply) => {
      const offer = await lookUpInvitation(ports, request.body.invitation);
      if (offer === undefined) return problem(reply, 'invitation.invalid');
      return reply.code(200).send(offer);
    },
  );
}

function addUsers(app: ApiApp, ports: IdentityPorts): void {
  app.get(
    '/v1/me',
    { config: { right: 'account:read' }, schema: { tags, response: { 200: User } } },
    async (request, reply) => {
      const user = await findUser(ports.database.read, actorOf(request).userId);
      return user === undefined ? challenge(reply, 'invalid') : reply.code(200).send(presentUser(user));
    },
  );
  const Page = z.strictObject({ limit: Limit, after: Cursor.optional() });
  app.get(
    '/v1/users',
    { config: { right: 'users:read' }, schema: { tags, querystring: Page, response: { 200: UserPage } } },
    async (request) => listUsers(ports.database.read, request.query),
  );
  app.get(
    '/v1/me/rights',
    { config: { right: 'account:read' }, schema: { tags, response: { 200: OwnRights } } },
    (request) => {
      const { role, scopes } = actorOf(request);
      return { role, scopes: scopes === null ? null : [...scopes], rights: rightsOf({ role, scopes }) };
    },
  );
  app.patch(
    '/v1/users/:id',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { right: 'users:manage' },
      schema: { tags, params: z.object({ id: Id }), body: RoleChange, response: { 200: User } },
    },
    async (request, reply) => {
      const by = { actorId: actorOf(request).userId, requester: requesterOf(request) };
      const changed = await changePerson(ports, by, { userId: request.params.id, role: request.body.role });
      return changed.ok ? reply.code(200).send(presentUser(changed.user)) : problem(reply, changed.problem);
    },
  );
}
