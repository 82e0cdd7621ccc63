// Carries out `publish`: may this client, and is it good data.
import { replyErrors } from '@parley/protocol';
import { publish as publishTo } from '../operations/publish.ts';
import { refuse } from '../operations/refusal.ts';
import { isDataAllowed, mayPublish } from '../permissions.ts';
import { askerOf, openChannel } from './channel-gate.ts';
import type { Handler } from './outcome.ts';
import { publishMap } from './publish-map.ts';

/** What `type` of a publish into a map is. */
const mapType = 1;

/** Publishes in the name of the client that asks. */
export const publish: Handler<'publish'> = async (context, asking, request) => {
  const { channel, data, type } = request;
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  const { rules } = opened;
  const asker = askerOf(context, asking, channel);
  if (type === mapType && rules.map !== undefined) {
    return publishMap(context, asking, { request, target: { channel, rules, map: rules.map }, asker });
  }
  if (type !== 0 || rules.type !== 'stream') return refuse(replyErrors.badRequest);
  if (!isDataAllowed(rules, data)) return refuse(replyErrors.badRequest);
  if (!mayPublish(rules, asker)) return refuse(replyErrors.permissionDenied);
  const { session, connected } = asking;
  const info = session.clientInfo(connected, session.subscriptions.get(channel));
  await publishTo(context, { channel, rules, publication: { data, info } });
  return { ok: true, result: {} };
};
