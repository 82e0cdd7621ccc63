// Decides the endpoints that go on with a sign-in: a second factor, a passkey.
import {
  PasskeyOptions,
  PasskeyOptionsRequest,
  PasskeySignIn,
  SecondFactorRequest,
  SessionTokens,
} from '@parley/contract';
import type { ApiApp } from '../../http/api-app.ts';
import { LIMITS } from '../../http/limits.ts';
import { problem } from '../../http/problems.ts';
import { requesterOf } from '../../http/requester.ts';
import { answerOpened } from '../answer-opened.ts';
import type { IdentityPorts } from '../ports.ts';
import { beginPasskeySignIn, signInWithPasskey } from './passkey-sign-in.ts';
import { refuseCode } from './refuse-code.ts';
import { presentSecondFactor } from './second-factor.ts';

const tags = ['identity'];

/** Adds the second half of signing in. */
export function registerFactorSignInRoutes(app: ApiApp, ports: IdentityPorts): void {
  const common = { bodyLimit: LIMITS.authBodyBytes } as const;
  app.post(
    '/v1/auth/second-factor',
    {
      ...common,
      config: { access: 'public', rate: 'second-factor-source' },
      schema: { tags, body: SecondFactorRequest, response: { 200: SessionTokens } },
    },
    async (request, reply) => {
      const passed = await presentSecondFactor(ports, request.body, requesterOf(request));
      return passed.ok ? reply.code(200).send(answerOpened(reply, ports, passed.opened)) : refuseCode(reply, passed);
    },
  );
  app.post(
    '/v1/auth/passkey/options',
    {
      ...common,
      config: { access: 'public', rate: 'passkey-source' },
      schema: { tags, body: PasskeyOptionsRequest, response: { 200: PasskeyOptions } },
    },
    async (request, reply) => {
      const begun = await beginPasskeySignIn(ports, request.body);
      return begun.ok ? reply.code(200).send(begun.options) : problem(reply, begun.problem);
    },
  );
  app.post(
    '/v1/auth/passkey',
    {
      ...common,
      config: { access: 'public', rate: 'passkey-source' },
      schema: { tags, body: PasskeySignIn, response: { 200: SessionTokens } },
    },
    async (request, reply) => {
      const signedIn = await signInWithPasskey(ports, request.body, requesterOf(request));
      if (!signedIn.ok) return problem(reply, signedIn.problem);
      return reply.code(200).send(answerOpened(reply, ports, signedIn.opened));
    },
  );
}
