// Carries out `unsubscribe`, which always succeeds.
import { disconnects } from '@parley/protocol';
import { leave } from '../operations/leave.ts';
import { refuseConnection } from '../operations/refusal.ts';
import type { Handler } from './outcome.ts';

/** Leaves a channel, whoever subscribed it. */
export const unsubscribe: Handler<'unsubscribe'> = async (context, { session }, { channel }) => {
  if (channel === '') return refuseConnection(disconnects.badRequest);
  await leave(context, session, channel);
  return { ok: true, result: {} };
};
