// Decides the endpoints where a person looks at and changes what they prove themselves with.
import {
  Factors,
  Id,
  Passkey,
  PasskeyOptions,
  PasskeyRegistration,
  PasskeyRename,
  RecoveryCodes,
  TotpConfirmation,
  TotpSetup,
} from '@parley/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../../http/api-app.ts';
import { actorOf, challenge } from '../../http/gate.ts';
import { LIMITS } from '../../http/limits.ts';
import { problem } from '../../http/problems.ts';
import { requesterOf } from '../../http/requester.ts';
import type { IdentityPorts } from '../ports.ts';
import { findUser } from '../users.ts';
import type { Changer } from './change.ts';
import { listFactors } from './overview.ts';
import { removePasskey, renamePasskey } from './passkey-changes.ts';
import { addPasskey, beginPasskey } from './passkey-registration.ts';
import { refuseCode } from './refuse-code.ts';
import { beginTotp, confirmTotp, makeRecoveryCodes, removeTotp } from './totp-setup.ts';

const tags = ['identity'];
// Answers carry secrets that are shown once: none is stored for replay.
const config = { right: 'account:manage', rate: 'factors-user', idempotency: 'off' } as const;
const bodyLimit = LIMITS.authBodyBytes;
const Empty = z.strictObject({}).nullish();
const Params = z.object({ id: Id });

const changerOf = (request: FastifyRequest): Changer => ({
  actor: actorOf(request),
  requester: requesterOf(request),
});

/** Adds a person's factors: the list, codes of an app, recovery codes, passkeys. */
export function registerFactorRoutes(app: ApiApp, ports: IdentityPorts): void {
  app.get(
    '/v1/me/factors',
    { config: { right: 'account:manage' }, schema: { tags, response: { 200: Factors } } },
    async (request, reply) => {
      const user = await findUser(ports.database.read, actorOf(request).userId);
      if (user === undefined) return challenge(reply, 'invalid');
      return reply.code(200).send(await listFactors(ports.database.read, ports, user));
    },
  );
  addTotp(app, ports);
  addRecoveryCodes(app, ports);
  addPasskeys(app, ports);
  addPasskeyChanges(app, ports);
}

function addTotp(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/factors/totp',
    { bodyLimit, config, schema: { tags, body: Empty, response: { 200: TotpSetup } } },
    async (request, reply) => {
      const begun = await beginTotp(ports, changerOf(request));
      return begun.ok ? reply.code(200).send(begun.setup) : problem(reply, begun.problem);
    },
  );
  app.post(
    '/v1/me/factors/totp/confirm',
    { bodyLimit, config, schema: { tags, body: TotpConfirmation, response: { 200: RecoveryCodes } } },
    async (request, reply) => {
      const confirmed = await confirmTotp(ports, changerOf(request), request.body.code);
      if (confirmed.ok) return reply.code(200).send({ recoveryCodes: confirmed.recoveryCodes });
      return confirmed.problem === 'factor.exists' ? problem(reply, confirmed.problem) : refuseCode(reply, confirmed);
    },
  );
  app.delete(
    '/v1/me/factors/totp',
    { config, schema: { tags, response: { 204: z.null() } } },
    async (request, reply) => {
      const removed = await removeTotp(ports, changerOf(request));
      return removed.ok ? reply.code(204).send(null) : problem(reply, removed.problem);
    },
  );
}

function addRecoveryCodes(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/factors/recovery-codes',
    { bodyLimit, config, schema: { tags, body: Empty, response: { 200: RecoveryCodes } } },
    async (request, reply) => {
      const made = await makeRecoveryCodes(ports, changerOf(request));
      if (!made.ok) return problem(reply, made.problem);
      return reply.code(200).send({ recoveryCodes: made.recoveryCodes });
    },
  );
}

function addPasskeys(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/passkeys/options',
    { bodyLimit, config, schema: { tags, body: Empty, response: { 200: PasskeyOptions } } },
    async (request, reply) => {
      const begun = await beginPasskey(ports, changerOf(request));
      return begun.ok ? reply.code(200).send(begun.options) : problem(reply, begun.problem);
    },
  );
  app.post(
    '/v1/me/passkeys',
    { bodyLimit, config, schema: { tags, body: PasskeyRegistration, response: { 201: Passkey } } },
    async (request, reply) => {
      const added = await addPasskey(ports, changerOf(request), request.body);
      return added.ok ? reply.code(201).send(added.passkey) : problem(reply, added.problem);
    },
  );
}

function addPasskeyChanges(app: ApiApp, ports: IdentityPorts): void {
  app.patch(
    '/v1/me/passkeys/:id',
    { bodyLimit, config, schema: { tags, params: Params, body: PasskeyRename, response: { 200: Passkey } } },
    async (request, reply) => {
      const wanted = { id: request.params.id, name: request.body.name };
      const renamed = await renamePasskey(ports, changerOf(request), wanted);
      return renamed.ok ? reply.code(200).send(renamed.passkey) : problem(reply, renamed.problem);
    },
  );
  app.delete(
    '/v1/me/passkeys/:id',
    { config, schema: { tags, params: Params, response: { 204: z.null() } } },
    async (request, reply) => {
      const removed = await removePasskey(ports, changerOf(request), request.params.id);
      return removed.ok ? reply.code(204).send(null) : problem(reply, removed.problem);
    },
  );
}
