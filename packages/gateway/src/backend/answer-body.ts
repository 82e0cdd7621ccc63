// Decides what a body of the application means: disconnect before error before result, and what each result holds.
import {
  Fields,
  isObject,
  maxReasonBytes,
  type Payload,
  parseRawJson,
  type RawJson,
  readOverride,
  readPayload,
  readRawJson,
  sliceElements,
  sliceMember,
  sliceMembers,
} from '@parley/protocol';
import type { GrantedSub } from '../token-gate.ts';
import type {
  BackendAnswer,
  BackendEvent,
  BackendEvents,
  MapPublishGrant,
  Renewal,
  SharedPollItem,
} from './backend.ts';

/** An answer, or in a few words what is wrong with the body; the words hold nothing of it. */
export type ReadAnswer<Event extends BackendEvent> =
  | { readonly ok: true; readonly answer: BackendAnswer<BackendEvents[Event]['result']> }
  | { readonly ok: false; readonly problem: string };

/** Reads the body of an answer. */
export function readAnswer<Event extends BackendEvent>(event: Event, body: string): ReadAnswer<Event> {
  const text = readRawJson(body);
  const parsed = text && parseRawJson(text);
  if (text === undefined || !isObject(parsed)) return { ok: false, problem: 'the body is no JSON object' };
  const fields = new Fields(parsed);
  const disconnect = fields.nested('disconnect');
  if (disconnect !== undefined) return readDisconnect(disconnect);
  const error = fields.nested('error');
  if (error !== undefined) return readError(error);
  if (fields.isBroken) return { ok: false, problem: '`disconnect` or `error` is no object' };
  return readResult(event, text, parsed['result']);
}

type Refused = { ok: true; answer: Extract<BackendAnswer<never>, { ok: false }> } | { ok: false; problem: string };

function readDisconnect(fields: Fields): Refused {
  const disconnect = { code: fields.integer('code'), reason: fields.text('reason') };
  // What a WebSocket may close with (RFC 6455, 7.4.2) and what fits into its frame.
  const isSendable = disconnect.code >= 3000 && disconnect.code < 5000;
  if (fields.isBroken || !isSendable || Buffer.byteLength(disconnect.reason) > maxReasonBytes) {
    return { ok: false, problem: '`disconnect` needs a code from 4000 to 4999 and a reason of at most 123 bytes' };
  }
  return { ok: true, answer: { ok: false, disconnect } };
}

function readError(fields: Fields): Refused {
  const code = fields.integer('code');
  const message = fields.text('message');
  const isTemporary = fields.flag('temporary');
  if (fields.isBroken || code <= 0 || code > 0xff_ff_ff_ff) {
    return { ok: false, problem: '`error` needs a code from 400 to 1999 and a message' };
  }
  return {
    ok: true,
    answer: { ok: false, error: isTemporary ? { code, message, temporary: true } : { code, message } },
  };
}

function readResult<Event extends BackendEvent>(event: Event, text: RawJson, result: unknown): ReadAnswer<Event> {
  if (result === undefined || result === null) return { ok: true, answer: { ok: true } };
  const raw = sliceMember(text, ['result']);
  if (raw === undefined || !isObject(result)) return { ok: false, problem: '`result` is no object' };
  const source = new Source(raw, result);
  const read = readers[event](source);
  if (source.fields.isBroken) return { ok: false, problem: 'a member of `result` is of a wrong type' };
  return { ok: true, answer: { ok: true, result: read } };
}

/** The members of one object, and its text, out of which payloads are cut. */
class Source {
  readonly text: RawJson;
  readonly fields: Fields;

  constructor(text: RawJson, value: Readonly<Record<string, unknown>>) {
    this.text = text;
    this.fields = new Fields(value);
  }

  payload(name: 'data' | 'info' | 'prev_data'): Payload | undefined {
    const read = readPayload(this.fields, this.text, name);
    if (!read.ok) this.fields.isBroken = true;
    return read.ok ? notNull(read.raw) : undefined;
  }

  raw(name: string): RawJson | undefined {
    return notNull(this.fields.has(name) ? sliceMember(this.text, [name]) : undefined);
  }
}

// Many backends print what they do not have as null.
function notNull<P extends Payload>(payload: P | undefined): P | undefined {
  return payload === 'null' ? undefined : payload;
}

const readers: { readonly [Event in BackendEvent]: (source: Source) => BackendEvents[Event]['result'] } = {
  connect(source) {
    const { fields } = source;
    return {
      user: fields.text('user'),
      ...readTerms(source),
      ...given('data', source.payload('data')),
      ...given('meta', source.raw('meta')),
      channels: fields.texts('channels'),
      ...given('subs', readSubs(source)),
    };
  },
  refresh: readRenewal,
  subscribe: (source) => ({
    ...readTerms(source),
    ...given('data', source.payload('data')),
    ...given('override', readOverride(source.fields)),
  }),
  publish: (source) => ({
    ...given('data', source.payload('data')),
    skipHistory: source.fields.flag('skip_history'),
    ...readKeeping(source.fields),
  }),
  subRefresh: readRenewal,
  rpc: (source) => given('data', source.payload('data')),
  mapPublish: (source) => ({
    ...readKey(source.fields),
    ...given('data', source.payload('data')),
    ...given('keyMode', readKeyMode(source.fields)),
    ...readKeeping(source.fields),
  }),
  mapRemove: ({ fields }) => ({
    ...readKey(fields),
    ...given('tags', fields.textMap('tags')),
    ...given('idempotencyKey', fields.text('idempotency_key') || undefined),
  }),
  disconnect: () => ({}),
  unsubscribe: () => ({}),
  channelState: () => ({}),
  sharedPollRefresh: (source) => ({ items: readItems(source), epoch: source.fields.text('epoch') }),
};

function readTerms(source: Source): { expireAt?: number; info?: Payload } {
  return {
    ...given('expireAt', source.fields.integer('expire_at') || undefined),
    ...given('info', source.payload('info')),
  };
}

function readRenewal(source: Source): Renewal {
  return { expired: source.fields.flag('expired'), ...readTerms(source), ...given('meta', source.raw('meta')) };
}

function readKeyMode(fields: Fields): MapPublishGrant['keyMode'] {
  const mode = fields.text('key_mode');
  if (mode === 'if_new' || mode === 'if_exists') return mode;
  fields.isBroken ||= mode !== '';
  return undefined;
}

function readKey(fields: Fields): { key?: string } {
  return given('key', fields.text('key') || undefined);
}

function readKeeping(
  fields: Fields,
): Pick<MapPublishGrant, 'tags' | 'idempotencyKey' | 'delta' | 'version' | 'versionEpoch'> {
  return {
    ...given('tags', fields.textMap('tags')),
    ...given('idempotencyKey', fields.text('idempotency_key') || undefined),
    ...given('delta', fields.flag('delta') || undefined),
    ...given('version', fields.count('version') || undefined),
    ...given('versionEpoch', fields.text('version_epoch') || undefined),
  };
}

function readSubs({ text, fields }: Source): Record<string, GrantedSub> | undefined {
  const raw = fields.has('subs') ? sliceMember(text, ['subs']) : undefined;
  if (raw === undefined || raw === 'null') return undefined;
  const parsed = parseRawJson(raw);
  if (!isObject(parsed)) {
    fields.isBroken = true;
    return undefined;
  }
  return Object.fromEntries(
    sliceMembers(raw).map(([channel, sub]) => {
      const value = parsed[channel];
      const source = new Source(sub, isObject(value) ? value : {});
      const read = {
        ...readTerms(source),
        ...given('data', source.payload('data')),
        ...given('override', readOverride(source.fields)),
        ...given('cacheRecover', source.fields.flag('cache_recover') || undefined),
      };
      fields.isBroken ||= source.fields.isBroken || (value !== null && !isObject(value));
      return [channel, read];
    }),
  );
}

function readItems({ text, fields }: Source): SharedPollItem[] {
  const raw = fields.has('items') ? sliceMember(text, ['items']) : undefined;
  if (raw === undefined || raw === 'null') return [];
  if (!raw.startsWith('[')) {
    fields.isBroken = true;
    return [];
  }
  return sliceElements(raw).map((element) => {
    const value = parseRawJson(element);
    const source = new Source(element, isObject(value) ? value : {});
    const item = {
      key: source.fields.text('key'),
      version: source.fields.count('version'),
      ...given('data', source.payload('data')),
      ...given('prevData', source.payload('prev_data')),
      ...given('removed', source.fields.flag('removed') || undefined),
    };
    fields.isBroken ||= source.fields.isBroken || item.key === '';
    return item;
  });
}

/** A member to be spread: nothing if the value is undefined. */
function given<Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T };
}
