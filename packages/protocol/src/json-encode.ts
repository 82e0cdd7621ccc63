// Decides the JSON text of everything that leaves a gateway: zero values omitted, payloads spliced in as they came.
import { type Payload, payloadText } from './payload.ts';
import type {
  Expiry,
  HistoryResult,
  Push,
  Reply,
  ResultName,
  Results,
  SubscribeResult,
  WireClientInfo,
  WirePublication,
} from './replies.ts';
import type { MapEntry } from './server-api.ts';

// Thrown where a payload is met that is not JSON, and caught by the functions of this file that others call.
class NotJson extends Error {}

function unlessNotJson(print: () => string): string | undefined {
  try {
    return print();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

/** The text of a reply, on one line. Undefined: one of its payloads is not JSON. */
export function printReply(reply: Reply): string | undefined {
  return unlessNotJson(() => {
    const body = reply.name === 'error' ? JSON.stringify(reply.error) : printResult(reply);
    return `{"id":${reply.id},"${reply.name}":${body}}`;
  });
}

/** The text of a push, wrapped as a reply without an id, on one line. Undefined: one of its payloads is not JSON. */
export function printPush(push: Push): string | undefined {
  return unlessNotJson(() => `{"push":{${printPushBody(push)}}}`);
}

/** The text of a push by itself. Undefined: one of its payloads is not JSON. */
export function printUnidirectionalPush(push: Push): string | undefined {
  return unlessNotJson(() => `{${printPushBody(push)}}`);
}

/** The answer to connect as a push. Undefined: it is another reply, or one of its payloads is not JSON. */
export function printUnidirectionalReply(reply: Reply): string | undefined {
  return reply.name === 'connect' ? unlessNotJson(() => `{"connect":${printResult(reply)}}`) : undefined;
}

function printPushBody(push: Push): string {
  switch (push.name) {
    case 'refresh':
      return `"refresh":{${members(expiryMembers(push.refresh))}}`;
    case 'message':
      return `"message":{${members([payload('data', push.data)])}}`;
    case 'disconnect':
      return `"disconnect":${JSON.stringify(push.disconnect)}`;
    case 'pub':
    case 'join':
    case 'leave':
    case 'unsubscribe':
    case 'subscribe':
      return `"channel":${JSON.stringify(push.channel)},"${push.name}":${printPushed(push)}`;
    default:
      return push satisfies never;
  }
}

function printPushed(push: Exclude<Push, { name: 'refresh' | 'message' | 'disconnect' }>): string {
  switch (push.name) {
    case 'pub':
      return printPublication(push.pub);
    case 'join':
    case 'leave':
      return `{"info":${printClientInfo(push.info)}}`;
    case 'unsubscribe':
      return JSON.stringify(push.unsubscribe);
    case 'subscribe':
      return `{${members(streamMembers(push.subscribe))}}`;
    default:
      return push satisfies never;
  }
}

// `user` and `client` always, payloads if there are any.
function printClientInfo(info: WireClientInfo): string {
  return `{${members([
    member('user', JSON.stringify(info.user)),
    member('client', JSON.stringify(info.client)),
    payload('conn_info', info.conn_info),
    payload('chan_info', info.chan_info),
  ])}}`;
}

function printPublication(pub: WirePublication): string {
  return `{${members([
    payload('data', pub.data),
    member('info', pub.info && printClientInfo(pub.info)),
    positive('offset', pub.offset),
    member('tags', pub.tags && JSON.stringify(pub.tags)),
    pub.delta === true && '"delta":true',
    member('key', pub.key && JSON.stringify(pub.key)),
    pub.removed === true && '"removed":true',
    member('epoch', pub.epoch && JSON.stringify(pub.epoch)),
    positive('version', pub.version),
  ])}}`;
}

/** The text of a history result; its three members are always present. Undefined: a payload is not JSON. */
export function printHistory(result: HistoryResult): string | undefined {
  return unlessNotJson(() => printHistoryResult(result));
}

/** The text of a presence result. Undefined: an info is not JSON. */
export function printPresence(presence: ReadonlyMap<string, WireClientInfo>): string | undefined {
  return unlessNotJson(() => printPresenceResult(presence));
}

/** The text of a part of a map's state or stream. Undefined: a payload is not JSON. */
export function printMapPart(part: {
  entries: readonly MapEntry<Payload>[];
  offset: number;
  epoch: string;
  cursor?: string;
}): string | undefined {
  return unlessNotJson(() => {
    const { entries, offset, epoch, cursor } = part;
    return `{${members([
      `"entries":[${entries.map((entry) => printPublication({ offset: 0, ...entry })).join(',')}]`,
      positive('offset', offset),
      member('epoch', epoch && JSON.stringify(epoch)),
      member('cursor', cursor && JSON.stringify(cursor)),
    ])}}`;
  });
}

function printHistoryResult(result: HistoryResult): string {
  return `{"publications":${printPublications(result.publications)},"epoch":${JSON.stringify(result.epoch)},"offset":${result.offset}}`;
}

function printPublications(publications: readonly WirePublication[]): string {
  return `[${publications.map(printPublication).join(',')}]`;
}

function printPresenceResult(presence: ReadonlyMap<string, WireClientInfo>): string {
  const entries = [...presence].map(([client, info]) => `${JSON.stringify(client)}:${printClientInfo(info)}`);
  return `{"presence":{${entries.join(',')}}}`;
}

type Printers = { [Name in ResultName]: (result: Results[Name]) => string };

const printers: Printers = {
  connect: (result) =>
    `{${members([
      member('client', JSON.stringify(result.client)),
      member('version', JSON.stringify(result.version)),
      ...expiryMembers(result),
      result.subs.size > 0 && `"subs":{${printSubs(result.subs)}}`,
      payload('data', result.data),
      positive('ping', result.ping),
      result.pong && '"pong":true',
      member('session', result.session && JSON.stringify(result.session)),
      member('node', result.node && JSON.stringify(result.node)),
      positive('time', result.time),
    ])}}`,
  subscribe: printSubscribed,
  unsubscribe: () => '{}',
  publish: () => '{}',
  presence: (result) => printPresenceResult(result.presence),
  presence_stats: (result) => JSON.stringify(result),
  history: printHistoryResult,
  rpc: (result) => `{${members([payload('data', result.data)])}}`,
  refresh: (result) => `{${members(expiryMembers(result))}}`,
  sub_refresh: (result) => `{${members([...expiryMembers(result), some('items', result.items)])}}`,
};

function printResult<Name extends ResultName>(reply: { name: Name; result: Results[Name] }): string {
  return printers[reply.name](reply.result);
}

function printSubs(subs: ReadonlyMap<string, SubscribeResult>): string {
  return [...subs].map(([channel, result]) => `${JSON.stringify(channel)}:${printSubscribed(result)}`).join(',');
}

function printSubscribed(result: SubscribeResult): string {
  return `{${members([
    ...expiryMembers(result),
    ...streamMembers(result),
    some('publications', result.publications),
    result.recovered && '"recovered":true',
    result.wasRecovering && '"was_recovering":true',
    result.delta === true && '"delta":true',
    positive('type', result.type),
    positive('phase', result.phase),
    member('cursor', result.cursor && JSON.stringify(result.cursor)),
    some('state', result.state),
    positive('publish_debounce', result.publishDebounce),
  ])}}`;
}

type Member = string | false | undefined;

function streamMembers(
  result: Pick<SubscribeResult, 'recoverable' | 'positioned' | 'epoch' | 'offset' | 'data'>,
): Member[] {
  return [
    result.recoverable && '"recoverable":true',
    result.positioned && '"positioned":true',
    result.epoch !== '' && `"epoch":${JSON.stringify(result.epoch)}`,
    positive('offset', result.offset),
    payload('data', result.data),
  ];
}

function expiryMembers(expiry: Expiry): Member[] {
  return expiry.ttl === undefined ? [] : ['"expires":true', `"ttl":${expiry.ttl}`];
}

function member(name: string, text: string | undefined): Member {
  return text ? `"${name}":${text}` : undefined;
}

function payload(name: string, value: Payload | undefined): Member {
  if (value === undefined) return undefined;
  const text = payloadText(value);
  if (text === undefined) throw new NotJson();
  return `"${name}":${text}`;
}

function some(name: string, publications: readonly WirePublication[] = []): Member {
  return publications.length > 0 && `"${name}":${printPublications(publications)}`;
}

function positive(name: string, value: number | undefined): Member {
  return value ? `"${name}":${value}` : undefined;
}

function members(parts: readonly Member[]): string {
  return parts.filter(Boolean).join(',');
}
