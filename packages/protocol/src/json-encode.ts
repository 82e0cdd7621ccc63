// Decides the JSON text of everything that leaves a gateway: zero values omitted, payloads spliced in as they came.
import type { RawJson } from './raw-json.ts';
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

/** The text of a reply, on one line. */
export function printReply(reply: Reply): string {
  const body = reply.name === 'error' ? JSON.stringify(reply.error) : printResult(reply);
  return `{"id":${reply.id},"${reply.name}":${body}}`;
}

/** The text of a push, wrapped as a reply without an id, on one line. */
export function printPush(push: Push): string {
  return `{"push":{${printPushBody(push)}}}`;
}

function printPushBody(push: Push): string {
  if (push.name === 'refresh') return `"refresh":{${members(expiryMembers(push.refresh))}}`;
  return `"channel":${JSON.stringify(push.channel)},"${push.name}":${printPushed(push)}`;
}

function printPushed(push: Exclude<Push, { name: 'refresh' }>): string {
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

/** The text of a client's info: `user` and `client` always, payloads if there are any. */
export function printClientInfo(info: WireClientInfo): string {
  return `{${members([
    member('user', JSON.stringify(info.user)),
    member('client', JSON.stringify(info.client)),
    member('conn_info', info.conn_info),
    member('chan_info', info.chan_info),
  ])}}`;
}

/** The text of a publication. */
export function printPublication(pub: WirePublication): string {
  return `{${members([
    member('data', pub.data),
    member('info', pub.info && printClientInfo(pub.info)),
    positive('offset', pub.offset),
    member('tags', pub.tags && JSON.stringify(pub.tags)),
    member('epoch', pub.epoch && JSON.stringify(pub.epoch)),
  ])}}`;
}

/** The text of a history result; its three members are always present. */
export function printHistory(result: HistoryResult): string {
  const publications = result.publications.map(printPublication).join(',');
  return `{"publications":[${publications}],"epoch":${JSON.stringify(result.epoch)},"offset":${result.offset}}`;
}

/** The text of a presence result. */
export function printPresence(presence: ReadonlyMap<string, WireClientInfo>): string {
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
      positive('ping', result.ping),
      result.pong && '"pong":true',
      positive('time', result.time),
    ])}}`,
  subscribe: printSubscribed,
  unsubscribe: () => '{}',
  publish: () => '{}',
  presence: (result) => printPresence(result.presence),
  presence_stats: (result) => JSON.stringify(result),
  history: printHistory,
  rpc: (result) => `{${members([member('data', result.data)])}}`,
  refresh: (result) => `{${members(expiryMembers(result))}}`,
  sub_refresh: (result) => `{${members(expiryMembers(result))}}`,
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
    result.publications.length > 0 && `"publications":[${result.publications.map(printPublication).join(',')}]`,
    result.recovered && '"recovered":true',
    result.wasRecovering && '"was_recovering":true',
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
    member('data', result.data),
  ];
}

function expiryMembers(expiry: Expiry): Member[] {
  return expiry.ttl === undefined ? [] : ['"expires":true', `"ttl":${expiry.ttl}`];
}

function member(name: string, text: string | RawJson | undefined): Member {
  return text ? `"${name}":${text}` : undefined;
}

function positive(name: string, value: number | undefined): Member {
  return value ? `"${name}":${value}` : undefined;
}

function members(parts: readonly Member[]): string {
  return parts.filter(Boolean).join(',');
}
