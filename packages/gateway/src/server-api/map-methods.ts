// Carries out the methods of the server API that are about maps.
import {
  type ApiReply,
  type MapEntry,
  type MapWriteAnswer,
  type Payload,
  replyErrors,
  type ServerApiMethod,
  type WirePublication,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { type MapChannel, type MapWriteResult, removeKey, setKey } from '../operations/map-write.ts';
import { type Method, openChannel, refused } from './method.ts';

type MapMethod = Extract<ServerApiMethod, `map_${string}`>;

/** Every method about maps by its name. */
export const mapMethods: { readonly [M in MapMethod]: Method<M> } = {
  async map_publish(context, { channel, key, data, tags, key_mode: keyMode, ...options }) {
    const opened = openMap(context, channel);
    if (!opened.ok) return opened.reply;
    const { idempotency_key: idempotencyKey, version, version_epoch: versionEpoch, delta } = options;
    const entry = { key, ...(data === undefined ? {} : { data }), ...(tags === undefined ? {} : { tags }) };
    const settings = {
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(version === undefined ? {} : { version }),
      ...(versionEpoch === undefined ? {} : { versionEpoch }),
      ...(keyMode === undefined ? {} : { keyMode }),
      ...(delta === undefined ? {} : { delta }),
    };
    return answer(await setKey(context, opened.map, { entry, settings }));
  },

  async map_remove(context, { channel, key, idempotency_key: idempotencyKey }) {
    const opened = openMap(context, channel);
    if (!opened.ok) return opened.reply;
    const settings = idempotencyKey === undefined ? {} : { idempotencyKey };
    return answer(await removeKey(context, opened.map, { key, settings }));
  },

  async map_read_state(context, params) {
    const opened = openMap(context, params.channel);
    if (!opened.ok) return opened.reply;
    const { cursor: after = '', limit = 0, key, revision_offset: revision = 0, revision_epoch: epoch = '' } = params;
    const { map } = opened.map;
    const query = { map, after, limit: Math.max(limit, -1), ...(key === undefined ? {} : { key }) };
    const { entries, position, cursor } = await context.mapBroker.readState(params.channel, query);
    if (epoch !== '' && epoch !== position.epoch) return refused(replyErrors.unrecoverablePosition);
    const wanted = revision > 0 ? entries.filter(({ offset }) => offset <= revision) : entries;
    return { result: { entries: wanted.map(toEntry), ...position, ...(cursor === '' ? {} : { cursor }) } };
  },

  async map_read_stream(
    context,
    { channel, since_offset: offset = 0, since_epoch: epoch = '', limit = 0, reverse = false },
  ) {
    const opened = openMap(context, channel);
    if (!opened.ok) return opened.reply;
    const { map } = opened.map;
    const since = offset > 0 || epoch !== '' ? { since: { offset, epoch } } : {};
    if (reverse && offset === 0 && epoch !== '') return refused(replyErrors.badRequest);
    const query = { map, limit: Math.max(limit, -1), reverse, ...since };
    const { publications, position } = await context.mapBroker.readStream(channel, query);
    if (epoch !== '' && epoch !== position.epoch) return refused(replyErrors.unrecoverablePosition);
    return { result: { entries: publications.map(toEntry), ...position } };
  },

  async map_stats(context, { channel }) {
    const opened = openMap(context, channel);
    return opened.ok ? { result: { num_keys: await context.mapBroker.count(channel) } } : opened.reply;
  },

  async map_clear(context, { channel }) {
    const opened = openMap(context, channel);
    if (!opened.ok) return opened.reply;
    await context.mapBroker.clear(channel, opened.map.map);
    return { result: {} };
  },
};

function openMap(
  context: GatewayContext,
  channel: string,
): { ok: true; map: MapChannel } | { ok: false; reply: ReturnType<typeof refused> } {
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  const { rules } = opened;
  if (rules.map === undefined) return { ok: false, reply: refused(replyErrors.badRequest) };
  return { ok: true, map: { channel, rules, map: rules.map } };
}

function answer(written: MapWriteResult): ApiReply<MapWriteAnswer> {
  if (!written.ok) return refused(written.error);
  const { position, suppressed } = written;
  return {
    result: suppressed === undefined ? position : { ...position, suppressed: true, suppress_reason: suppressed },
  };
}

function toEntry({ key = '', data, tags, offset, removed }: WirePublication): MapEntry<Payload> {
  return {
    key,
    ...(data === undefined ? {} : { data }),
    ...(tags === undefined ? {} : { tags }),
    ...(offset > 0 ? { offset } : {}),
    ...(removed === true ? { removed } : {}),
  };
}
