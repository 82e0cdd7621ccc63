// Carries out `rpc`: hands the call to the application, if there is one.
import { replyErrors } from '@parley/protocol';
import { refuse } from '../operations/refusal.ts';
import type { Handler } from './outcome.ts';

/** Calls a method of the application. */
export const rpc: Handler<'rpc'> = async (context, { session, connected }, { method, data }) => {
  if (context.rpc === undefined) return refuse(replyErrors.notAvailable);
  const answer = await context.rpc.rpc({ user: connected.user, client: session.clientId, method, data });
  if (!answer.ok) return refuse(answer.error);
  return { ok: true, result: answer.data === undefined ? {} : { data: answer.data } };
};
