// Carries out `publish`: is it good data, may this client, and what does the backend make of it.
import { type Payload, replyErrors } from '@parley/protocol';
import type { PublishGrant } from '../backend/backend.ts';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { callerOf } from '../operations/caller.ts';
import { publish as publishTo } from '../operations/publish.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import { isDataAllowed, mayPublish } from '../permissions.ts';
import { askerOf, openChannel } from './channel-gate.ts';
import type { Asking, Handler } from './outcome.ts';
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
  const asksBackend = rules.options.publish_proxy_enabled;
  if (!asksBackend && !mayPublish(rules, asker)) return refuse(replyErrors.permissionDenied);
  const granted = asksBackend ? await askBackend(context, asking, { channel, rules, data }) : asSent;
  if (!granted.ok) return granted;
  const { session, connected } = asking;
  const { data: replaced, tags, ...settings } = granted.grant;
  const info = session.clientInfo(connected, session.subscriptions.get(channel));
  const publication = { data: replaced ?? data, info, ...(tags === undefined ? {} : { tags }) };
  await publishTo(context, { channel, rules, publication, ...settings });
  return { ok: true, result: {} };
};

type Granted = { readonly ok: true; readonly grant: PublishGrant };

const asSent: Granted = { ok: true, grant: {} };

async function askBackend(
  context: GatewayContext,
  { session, connected }: Asking,
  { channel, rules, data }: { channel: string; rules: ChannelRules; data: Payload },
): Promise<Granted | Refusal> {
  const call = { ...callerOf(session, connected), channel, data };
  const answer = await context.backend.publish(rules.options.publish_proxy_name, call);
  return answer.ok ? { ok: true, grant: answer.result ?? {} } : answer;
}
