// Arbitrary messages for property tests, in the form of their JSON.
import fc from 'fast-check';
import { type RawJson, rawJson } from '../raw-json.ts';
import type { Push, Reply, SubscribeResult, WireClientInfo, WirePublication } from '../replies.ts';

const text = fc.string({ unit: 'binary' });
const offset = fc.oneof(fc.nat(300), fc.maxSafeNat());
const count32 = fc.oneof(fc.nat(300), fc.nat(0xffff_ffff));
const small = fc.nat(4);
// Keys of maps, never named like members with payloads.
const key = text.map((name) => `k${name}`);
// Values of maps, never empty: the comparison drops what is.
const value = text.map((rest) => `v${rest}`);
const payload: fc.Arbitrary<RawJson> = fc.json().map((json) => rawJson(JSON.parse(json) as string));

function optional<T>(members: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<Partial<T>> {
  return fc.record<T, never>(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const info: fc.Arbitrary<WireClientInfo> = fc.record(
  { user: text, client: text, conn_info: payload, chan_info: payload },
  { requiredKeys: ['user', 'client'] },
);

const publication: fc.Arbitrary<WirePublication> = fc.record(
  {
    data: payload,
    info,
    offset,
    tags: fc.dictionary(key, value, { noNullPrototype: true }),
    epoch: text,
    delta: fc.boolean(),
    key: text,
    removed: fc.boolean(),
    version: offset,
  },
  { requiredKeys: ['offset'] },
);

const publications = fc.array(publication, { maxLength: 4 });
const expiry = optional({ ttl: count32 });

const subscribed: fc.Arbitrary<SubscribeResult> = fc
  .tuple(
    fc.record({
      recoverable: fc.boolean(),
      positioned: fc.boolean(),
      epoch: text,
      offset,
      recovered: fc.boolean(),
      wasRecovering: fc.boolean(),
      publications,
    }),
    optional({
      ttl: count32,
      data: payload,
      delta: fc.boolean(),
      type: small,
      phase: small,
      cursor: text,
      state: publications,
      publishDebounce: count32,
    }),
  )
  .map(([always, sometimes]) => ({ ...always, ...sometimes }));

const id = fc.integer({ min: 1, max: 0xffff_ffff });

/** Every kind of reply. */
export const anyReply: fc.Arbitrary<Reply> = fc.oneof<fc.Arbitrary<Reply>[]>(
  fc.record({
    id,
    name: fc.constant('connect'),
    result: fc
      .tuple(
        fc.record({
          client: text,
          version: text,
          subs: fc.array(fc.tuple(key, subscribed), { maxLength: 3 }).map((entries) => new Map(entries)),
          ping: count32,
          pong: fc.boolean(),
        }),
        optional({ ttl: count32, data: payload, session: text, node: text, time: offset }),
      )
      .map(([always, sometimes]) => ({ ...always, ...sometimes })),
  }),
  fc.record({ id, name: fc.constant('subscribe'), result: subscribed }),
  fc.record({ id, name: fc.constantFrom('unsubscribe', 'publish'), result: fc.constant({}) }),
  fc.record({
    id,
    name: fc.constant('presence'),
    result: fc.record({
      presence: fc.array(fc.tuple(key, info), { maxLength: 4 }).map((entries) => new Map(entries)),
    }),
  }),
  fc.record({
    id,
    name: fc.constant('presence_stats'),
    result: fc.record({ num_clients: count32, num_users: count32 }),
  }),
  fc.record({ id, name: fc.constant('history'), result: fc.record({ publications, offset, epoch: text }) }),
  fc.record({ id, name: fc.constant('rpc'), result: optional({ data: payload }) }),
  fc.record({ id, name: fc.constant('refresh'), result: expiry }),
  fc.record({ id, name: fc.constant('sub_refresh'), result: optional({ ttl: count32, items: publications }) }),
  fc.record({
    id,
    name: fc.constant('error'),
    error: fc.record(
      { code: count32, message: text, temporary: fc.constant<true>(true) },
      { requiredKeys: ['code', 'message'] },
    ),
  }),
);

/** Every kind of push. */
export const anyPush: fc.Arbitrary<Push> = fc.oneof<fc.Arbitrary<Push>[]>(
  fc.record({ name: fc.constant('pub'), channel: text, pub: publication }),
  fc.record({ name: fc.constantFrom('join', 'leave'), channel: text, info }),
  fc.record({
    name: fc.constant('unsubscribe'),
    channel: text,
    unsubscribe: fc.record({ code: count32, reason: text }),
  }),
  fc.record({
    name: fc.constant('subscribe'),
    channel: text,
    subscribe: fc.record(
      { recoverable: fc.boolean(), positioned: fc.boolean(), epoch: text, offset, data: payload },
      { requiredKeys: ['recoverable', 'positioned', 'epoch', 'offset'] },
    ),
  }),
  fc.record({ name: fc.constant('refresh'), refresh: expiry }),
  fc.record({ name: fc.constant('message'), data: payload }),
  fc.record({ name: fc.constant('disconnect'), disconnect: fc.record({ code: count32, reason: text }) }),
);

const filter = fc.letrec<{ node: object }>((tie) => ({
  node: fc.record(
    {
      op: text,
      key: text,
      cmp: text,
      val: text,
      vals: fc.array(text, { maxLength: 3 }),
      nodes: fc.array(tie('node'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
})).node;

const wish = { recover: fc.boolean(), epoch: text, offset, delta: text };
const type = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** The request of each command, in the names of the wire; payloads only, no members that nobody knows. */
export const anyRequest: fc.Arbitrary<Record<string, object>> = fc.oneof(
  fc.record({
    connect: optional({
      token: text,
      name: text,
      version: text,
      data: fc.jsonValue(),
      flag: fc.maxSafeInteger(),
      headers: fc.dictionary(key, value, { noNullPrototype: true, minKeys: 1 }),
      subs: fc.dictionary(key, optional(wish), { noNullPrototype: true, maxKeys: 3 }),
    }),
  }),
  fc.record({
    subscribe: optional({
      ...wish,
      channel: text,
      token: text,
      positioned: fc.boolean(),
      recoverable: fc.boolean(),
      join_leave: fc.boolean(),
      flag: fc.maxSafeInteger(),
      type,
      data: fc.jsonValue(),
      tf: filter,
      phase: type,
      cursor: text,
      limit: type,
      asc: fc.boolean(),
    }),
  }),
  fc.record({
    publish: optional({ channel: text, data: fc.jsonValue(), type, key: text, removed: fc.boolean() }),
  }),
  ...(['unsubscribe', 'presence', 'presence_stats'] as const).map((name) =>
    optional({ channel: text }).map((request) => ({ [name]: request })),
  ),
  fc.record({
    history: optional({ channel: text, limit: type, since: optional({ offset, epoch: text }), reverse: fc.boolean() }),
  }),
  fc.record({ rpc: optional({ method: text, data: fc.jsonValue() }) }),
  fc.record({ send: optional({ data: fc.jsonValue() }) }),
  fc.record({ refresh: optional({ token: text }) }),
  fc.record({
    sub_refresh: optional({
      channel: text,
      token: text,
      type,
      track: fc.array(
        optional({ signature: text, items: fc.array(optional({ key: text, version: offset }), { maxLength: 3 }) }),
        { maxLength: 3 },
      ),
      untrack: fc.array(text, { maxLength: 3 }),
    }),
  }),
);
