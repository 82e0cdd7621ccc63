// Decides which bodies of server API calls are good, by hand because `publish` is hot; payloads stay raw.
import { Fields, isObject } from './fields.ts';
import { readPosition } from './json-decode.ts';
import type { Payload } from './payload.ts';
import { readPayload, type ReadPayload } from './payload-fields.ts';
import { parseRawJson, type RawJson } from './raw-json.ts';
import type { PublishOptions, ServerApiMethod, ServerApiMethods } from './server-api.ts';
import { readOverride } from './override.ts';

/** A method's parameters with payloads as they travel. */
export type RawParams<M extends ServerApiMethod> = ServerApiMethods<Payload>[M]['params'];

/**
 * What reading parameters gives. `malformed`: not an object, or members of wrong types. `invalid`: something that the
 * method cannot do without is missing, or base64 that is none.
 */
export type ReadParams<M extends ServerApiMethod> =
  | { ok: true; params: RawParams<M> }
  | { ok: false; problem: 'malformed' | 'invalid' };

/** Whether the server API has a method of this name. */
export function isServerApiMethod(name: string): name is ServerApiMethod {
  return Object.hasOwn(readers, name);
}

/** Reads a method's parameters from the text of a JSON object. Unknown members are ignored. */
export function readServerApiParams<M extends ServerApiMethod>(method: M, text: RawJson): ReadParams<M> {
  const parsed = parseRawJson(text);
  if (!isObject(parsed)) return { ok: false, problem: 'malformed' };
  const fields = new Fields(parsed);
  const params = readers[method](fields, (name) => readPayload(fields, text, name));
  if (fields.isBroken) return { ok: false, problem: 'malformed' };
  return params === undefined ? { ok: false, problem: 'invalid' } : { ok: true, params };
}

type Reader<M extends ServerApiMethod> = (
  fields: Fields,
  payload: (name: 'data' | 'info') => ReadPayload,
) => RawParams<M> | undefined;

const readers: { [M in ServerApiMethod]: Reader<M> } = {
  publish: (fields, payload) => {
    const options = readPublishOptions(fields, payload('data'));
    return options && { channel: fields.text('channel'), ...options };
  },
  broadcast: (fields, payload) => {
    const options = readPublishOptions(fields, payload('data'));
    const channels = fields.texts('channels');
    return options && channels.length > 0 ? { channels, ...options } : undefined;
  },
  subscribe: (fields, payload) => {
    const info = payload('info');
    const data = payload('data');
    if (!info.ok || !data.ok) return undefined;
    return {
      ...readTarget(fields),
      channel: fields.text('channel'),
      ...given('expire_at', fields.has('expire_at') ? fields.integer('expire_at') : undefined),
      ...given('info', info.raw),
      ...given('data', data.raw),
      ...given('recover_since', readPosition(fields, 'recover_since')),
      ...given('override', readOverride(fields)),
    };
  },
  unsubscribe: (fields) => ({ ...readTarget(fields), channel: fields.text('channel') }),
  disconnect: (fields) => ({
    ...readTarget(fields),
    ...given('whitelist', fields.has('whitelist') ? fields.texts('whitelist') : undefined),
    ...given('disconnect', readDisconnect(fields)),
  }),
  refresh: (fields, payload) => {
    const info = payload('info');
    if (!info.ok) return undefined;
    return {
      ...readTarget(fields),
      ...given('expired', fields.flag('expired') || undefined),
      ...given('expire_at', fields.has('expire_at') ? fields.integer('expire_at') : undefined),
      ...given('info', info.raw),
    };
  },
  presence: readChannel,
  presence_stats: readChannel,
  history: (fields) => ({
    channel: fields.text('channel'),
    limit: fields.integer('limit'),
    ...given('since', readPosition(fields, 'since')),
    reverse: fields.flag('reverse'),
  }),
  history_remove: readChannel,
  map_publish: (fields, payload) => {
    const data = payload('data');
    const wanted = fields.text('key_mode');
    const mode = keyModes.find((known) => known === wanted);
    if (!data.ok || (wanted !== '' && mode === undefined)) return undefined;
    return {
      ...readKey(fields),
      ...given('data', data.raw),
      ...readWriteOptions(fields),
      ...given('key_mode', mode),
    };
  },
  map_remove: (fields) => ({
    ...readKey(fields),
    ...given('idempotency_key', fields.text('idempotency_key') || undefined),
  }),
  map_read_state: (fields) => ({
    channel: fields.text('channel'),
    cursor: fields.text('cursor'),
    limit: fields.integer('limit'),
    ...given('key', fields.text('key') || undefined),
    asc: fields.flag('asc'),
    revision_offset: fields.count('revision_offset'),
    revision_epoch: fields.text('revision_epoch'),
  }),
  map_read_stream: (fields) => ({
    channel: fields.text('channel'),
    since_offset: fields.count('since_offset'),
    since_epoch: fields.text('since_epoch'),
    limit: fields.integer('limit'),
    reverse: fields.flag('reverse'),
  }),
  map_stats: readChannel,
  map_clear: readChannel,
  channels: (fields) => given('pattern', fields.text('pattern') || undefined),
  info: () => ({}),
  connections: (fields) => ({
    ...given('user', fields.has('user') ? fields.text('user') : undefined),
    ...given('channel', fields.text('channel') || undefined),
    ...given('cursor', fields.text('cursor') || undefined),
    ...given('limit', fields.count('limit') || undefined),
    ...given('with_channels', fields.flag('with_channels') || undefined),
  }),
  revoke_token: (fields) => ({ uid: fields.text('uid'), ...readExpireAt(fields) }),
  invalidate_user_tokens: (fields) => ({
    user: fields.text('user'),
    ...given('all_users', fields.flag('all_users') || undefined),
    ...given('channel', fields.text('channel') || undefined),
    ...given('issued_before', fields.count('issued_before') || undefined),
    ...readExpireAt(fields),
  }),
  shared_poll_publish: (fields, payload) => {
    const data = payload('data');
    const item = { channel: fields.text('channel'), key: fields.text('key'), version: fields.count('version') };
    const isWhole = item.channel !== '' && item.key !== '' && item.version > 0;
    if (!isWhole || !data.ok || data.raw === undefined) return undefined;
    return { ...item, data: data.raw, ...given('epoch', fields.text('epoch') || undefined) };
  },
};

const keyModes = ['if_new', 'if_exists'] as const;

function readPublishOptions(fields: Fields, data: ReadPayload): PublishOptions<Payload> | undefined {
  const options = { ...given('skip_history', fields.flag('skip_history') || undefined), ...readWriteOptions(fields) };
  return data.ok && data.raw !== undefined ? { data: data.raw, ...options } : undefined;
}

function readWriteOptions(fields: Fields): Omit<PublishOptions<Payload>, 'data' | 'skip_history'> {
  const version = fields.count('version');
  return {
    ...given('delta', fields.flag('delta') || undefined),
    ...given('tags', fields.textMap('tags')),
    ...given('idempotency_key', fields.text('idempotency_key') || undefined),
    ...given('version', version || undefined),
    ...given('version_epoch', fields.text('version_epoch') || undefined),
  };
}

function readKey(fields: Fields): { channel: string; key: string } {
  return { channel: fields.text('channel'), key: fields.text('key') };
}

function readTarget(fields: Fields): { user: string; client?: string; session?: string } {
  return {
    user: fields.text('user'),
    ...given('client', fields.text('client') || undefined),
    ...given('session', fields.text('session') || undefined),
  };
}

function readExpireAt(fields: Fields): { expire_at?: number } {
  return given('expire_at', fields.has('expire_at') ? fields.integer('expire_at') : undefined);
}

function readDisconnect(fields: Fields): { code: number; reason: string } | undefined {
  const nested = fields.nested('disconnect');
  if (nested === undefined) return undefined;
  const disconnect = { code: nested.count('code'), reason: nested.text('reason') };
  fields.isBroken ||= nested.isBroken;
  return disconnect;
}

function readChannel(fields: Fields): { channel: string } {
  return { channel: fields.text('channel') };
}

/** A member to be spread: nothing if the value is undefined (absent is not undefined here). */
function given<Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T };
}
