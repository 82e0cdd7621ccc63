// Carries out the server API: one function a method, with payloads as they travel.
import {
  type ApiPublication,
  type ApiReply,
  disconnects,
  maxReasonBytes,
  type Payload,
  type RawParams,
  type ReplyError,
  replyErrors,
  type ServerApiMethod,
  type ServerApiMethods,
  type StreamPosition,
  type WirePublication,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import type { ChannelRules } from '../namespaces.ts';
import { readHistory } from '../operations/history.ts';
import { publish } from '../operations/publish.ts';
import { isDataAllowed } from '../permissions.ts';
import type { Revocation } from '../revocations/revocation.ts';
import { readConnections } from './connections-page.ts';

/** A method's answer with payloads as they travel. */
export type RawReply<M extends ServerApiMethod> = ApiReply<ServerApiMethods<Payload>[M]['result']>;

/** Carries out a method. Refusals are answers; it throws only if the engine cannot be reached. */
export type Method<M extends ServerApiMethod> = (context: GatewayContext, params: RawParams<M>) => Promise<RawReply<M>>;

/** Every method by its name. */
export const methods: { readonly [M in ServerApiMethod]: Method<M> } = {
  publish: (context, { channel, ...options }) => publishOne(context, channel, options),

  async broadcast(context, { channels, ...options }) {
    if (channels.length === 0 || channels.length > limits.maxBroadcastChannels) return refused(replyErrors.badRequest);
    const responses = await Promise.all(channels.map((channel) => publishOne(context, channel, options)));
    return { result: { responses } };
  },

  async subscribe(context, params) {
    const opened = open(context, params.channel);
    if (!opened.ok) return opened.reply;
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
    const opened = open(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.options.presence) return refused(replyErrors.notAvailable);
    return { result: { presence: Object.fromEntries(await context.presence.get(channel)) } };
  },

  async presence_stats(context, { channel }) {
    const opened = open(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.options.presence) return refused(replyErrors.notAvailable);
    const { clients, users } = await context.presence.count(channel);
    return { result: { num_clients: clients, num_users: users } };
  },

  async history(context, { channel, limit = 0, since, reverse = false }) {
    const opened = open(context, channel);
    if (!opened.ok) return opened.reply;
    const { rules } = opened;
    const read = await readHistory(context, { channel, rules, limit: Math.max(limit, -1), since, reverse });
    if (!read.ok) return refused(read.error ?? replyErrors.internal);
    const { publications, offset, epoch } = read.result;
    return { result: { publications: publications.map(toApiPublication), offset, epoch } };
  },

  async history_remove(context, { channel }) {
    const opened = open(context, channel);
    if (!opened.ok) return opened.reply;
    if (!opened.rules.hasHistory) return refused(replyErrors.notAvailable);
    await context.broker.removeHistory(channel);
    return { result: {} };
  },

  async channels({ nodes }, { pattern = '*' }) {
    const channels: Record<string, { num_clients: number }> = {};
    for (const found of await nodes.all('channels', { pattern })) {
      for (const [channel, clients] of Object.entries(found)) {
        channels[channel] = { num_clients: clients + (channels[channel]?.num_clients ?? 0) };
      }
    }
    return { result: { channels } };
  },

  async connections(context, params) {
    const page = await readConnections(context, params);
    return page === undefined ? refused(replyErrors.badRequest) : { result: page };
  },

  async revoke_token(context, { uid: id, expire_at }) {
    const expiresAt = revocationEnd(context, expire_at);
    if (id === '' || expiresAt === undefined) return refused(replyErrors.badRequest);
    return revokeEverywhere(context, { kind: 'token', id, expiresAt });
  },

  async invalidate_user_tokens(context, { user, all_users: isForAll = false, channel, issued_before, expire_at }) {
    const expiresAt = revocationEnd(context, expire_at);
    // One user or all of them: an empty scope is a mistake of the caller.
    if ((user === '') !== isForAll || expiresAt === undefined) return refused(replyErrors.badRequest);
    return revokeEverywhere(context, {
      kind: 'issued_before',
      user: isForAll ? undefined : user,
      channel,
      issuedBefore: issued_before ?? Math.floor(context.clock.now() / 1000),
      expiresAt,
    });
  },

  async shared_poll_publish(context, params) {
    // A backend in this process is not read field by field.
    if (params.key === '' || !(params.version > 0)) return refused(replyErrors.badRequest);
    const opened = open(context, params.channel);
    if (!opened.ok) return opened.reply;
    const { subscription_type: type, shared_poll: poll } = opened.rules.options;
    if (type !== 'shared_poll') return refused(replyErrors.badRequest);
    if (!poll.publish_enabled) return refused(replyErrors.notAvailable);
    await context.nodes.all('shared_poll_publish', params);
    return { result: {} };
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
  const opened = open(context, channel);
  if (!opened.ok) return opened.reply;
  const { rules } = opened;
  const { data, tags } = options;
  if (!isDataAllowed(rules, data)) return refused(replyErrors.badRequest);
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

/** Unix milliseconds. Undefined: it is over already. */
function revocationEnd({ clock }: GatewayContext, expireAt: number | undefined): number | undefined {
  const now = clock.now();
  const expiresAt = expireAt === undefined ? now + limits.maxTtlSeconds * 1000 : expireAt * 1000;
  return expiresAt > now ? expiresAt : undefined;
}

async function revokeEverywhere({ nodes }: GatewayContext, revocation: Revocation): Promise<RawReply<'revoke_token'>> {
  const kept = await nodes.all('revoke', revocation);
  return kept.every(Boolean) ? { result: {} } : refused(replyErrors.limitExceeded);
}

function open(
  { namespaces }: GatewayContext,
  channel: string,
): { ok: true; rules: ChannelRules } | { ok: false; reply: ReturnType<typeof refused> } {
  if (channel === '') return { ok: false, reply: refused(replyErrors.badRequest) };
  const rules = namespaces(channel);
  return rules === undefined ? { ok: false, reply: refused(replyErrors.unknownChannel) } : { ok: true, rules };
}

// The server API has its own words for two codes.
const apiMessages: ReadonlyMap<number, string> = new Map([[104, 'not found']]);

/** The answer for an error. */
export function refused({ code, message }: ReplyError): { error: { code: number; message: string } } {
  return { error: { code, message: apiMessages.get(code) ?? message } };
}
