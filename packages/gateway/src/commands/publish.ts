// Carries out `publish`: may this client, and is it good data.
import { replyErrors } from '@parley/protocol';
import { publish as publishTo } from '../operations/publish.ts';
import { refuse } from '../operations/refusal.ts';
import { isDataAllowed, mayPublish } from '../permissions.ts';
import { askerOf, openChannel } from './channel-gate.ts';
import type { Handler } from './outcome.ts';

/** Publishes in the name of the client that asks. */
export const publish: Handler<'publish'> = async (context, asking, { channel, data, type }) => {
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  const { rules } = opened;
  if (type !== 0) return refuse(replyErrors.notAvailable);
  if (!isDataAllowed(rules, data)) return refuse(replyErrors.badRequest);
  if (!mayPublish(rules, askerOf(context, asking, channel))) return refuse(replyErrors.permissionDenied);
  const { session, connected } = asking;
  const info = session.clientInfo(connected, session.subscriptions.get(channel));
  await publishTo(context, { channel, rules, publication: { data, info } });
  return { ok: true, result: {} };
};
