// Carries out the server API: one function a method, with payloads as they travel.
import {
  type ApiPublication,
  type ApiReply,
  disconnects,
  maxReasonBytes,
  type Payload,
  type RawParams,
  replyErrors,
  type ServerApiMethod,
  type StreamPosition,
  type WirePublication,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { readHistory } from '../operations/history.ts';
import { publish } from '../operations/publish.ts';
import { isDataAllowed } from '../permissions.ts';
import { controlMethods } from './control-methods.ts';
import { mapMethods } from './map-methods.ts';
import { type Method, openChannel, refused } from './method.ts';

/** Every method by its name. */
export const methods: { readonly [M in ServerApiMethod]: Method<M> } = {
  ...mapMethods,
  ...controlMethods,

  publish: (context, { channel, ...options }) => publishOne(context, channel, options),

  async broadcast(context, { channels, ...options }) {
    if (channels.length === 0 || channels.length > limits.maxBroadcastChannels) return refused(replyErrors.badRequest);
    const responses = await Promise.all(channels.map((channel) => publishOne(context, channel, options)));
    return { result: { responses } };
  },

  async subscribe(context, params) {
    const opened = openChannel(context, params.channel);
    if (!opened.ok) return opened.reply;
    if (opened.rules.type !== 'stream') return refused(replyErrors.badRequest);
    await context.nodes.all('subscribe', params);
    return { result: {} };
  },

  async unsubscribe(context, params) {
    await context.nodes.all('unsubscribe', params);
    return { result: {} };
  },

  async disconnect(context, params) {
    const why = params.disconnect ?? disconnects.forceDisconnect;
    // What a WebSocket may close with (RFC 6455, 7.4.2) and what fits into its frame.
    const isSendable = why.code >= 3000 && why.code < 5000 && Buffer.byteLength(why.reason) <= maxReasonBytes;
    if (!isSendable) return refused(replyErrors.badRequest);
    await context.nodes.all('disconnect', params);
    return { result: {} };
  },

  async refresh(context, params) {
    await context.nodes.all('refresh', params);
    return { result: {} };
  },

  async presence(context, { channel }) {
    const opened = openChannel(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.options.presence) return refused(replyErrors.notAvailable);
    return { result: { presence: Object.fromEntries(await context.presence.get(channel)) } };
  },

  async presence_stats(context, { channel }) {
    const opened = openChannel(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.options.presence) return refused(replyErrors.notAvailable);
    const { clients, users } = await context.presence.count(channel);
    return { result: { num_clients: clients, num_users: users } };
  },

  async history(context, { channel, limit = 0, since, reverse = false }) {
    const opened = openChannel(context, channel);
    if (!opened.ok) return opened.reply;
    const { rules } = opened;
    const read = await readHistory(context, { channel, rules, limit: Math.max(limit, -1), since, reverse });
    if (!read.ok) return refused(read.error ?? replyErrors.internal);
    const { publications, offset, epoch } = read.result;
    return { result: { publications: publications.map(toApiPublication), offset, epoch } };
  },

  async history_remove(context, { channel }) {
    const opened = openChannel(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.hasHistory) return refused(replyErrors.notAvailable);
    await context.broker.removeHistory(channel);
    return { result: {} };
  },

  async channels({ nodes }, { pattern = '*' }) {
    const clients = new Map<string, number>();
    for (const found of await nodes.all('channels', { pattern })) {
      for (const [channel, number] of Object.entries(found)) clients.set(channel, number + (clients.get(channel) ?? 0));
    }
    const entries = Array.from(clients, ([channel, num_clients]) => [channel, { num_clients }]);
    return { result: { channels: Object.fromEntries(entries) } };
  },

  async info({ nodes }) {
    return { result: { nodes: [...(await nodes.all('info', {}))] } };
  },
};

function toApiPublication({ data, info, offset, tags }: WirePublication): ApiPublication<Payload> {
  return {
    ...(data === undefined ? {} : { data }),
    ...(info === undefined ? {} : { info }),
    offset,
    ...(tags === undefined ? {} : { tags }),
  };
}

async function publishOne(
  context: GatewayContext,
  channel: string,
  options: Omit<RawParams<'publish'>, 'channel'>,
): Promise<ApiReply<StreamPosition>> {
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened.reply;
  const { rules } = opened;
  const { data, tags } = options;
  // Maps and shared polls have calls of their own.
  if (rules.type !== 'stream' || !isDataAllowed(rules, data)) return refused(replyErrors.badRequest);
  const result = await publish(context, {
    channel,
    rules,
    publication: tags === undefined ? { data } : { data, tags },
    skipHistory: options.skip_history,
    ...(options.idempotency_key === undefined ? {} : { idempotencyKey: options.idempotency_key }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.delta === undefined ? {} : { delta: options.delta }),
    ...(options.version_epoch === undefined ? {} : { versionEpoch: options.version_epoch }),
  });
  return { result };
}
