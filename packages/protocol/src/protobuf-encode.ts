// Decides the Protobuf fields of everything that leaves a gateway. A message is written backwards: its last field first.
import type { ProtobufWriter } from './protobuf-write.ts';
import type {
  ConnectResult,
  Expiry,
  Push,
  Reply,
  ResultName,
  Results,
  SubscribeResult,
  WireClientInfo,
  WirePublication,
} from './replies.ts';

/** Writes a reply. */
export function writeReply(writer: ProtobufWriter, reply: Reply): void {
  const end = writer.mark;
  if (reply.name === 'error') {
    writer.flag(3, reply.error.temporary);
    writer.text(2, reply.error.message);
    writer.count(1, reply.error.code);
    writer.wrap(2, end);
  } else {
    writer.wrap(writeResult(writer, reply), end);
  }
  writer.count(1, reply.id);
}

/** Writes a push, wrapped as a reply without an id. */
export function writePush(writer: ProtobufWriter, push: Push): void {
  const end = writer.mark;
  writer.wrap(writePushed(writer, push), end);
  if ('channel' in push) writer.text(2, push.channel);
  writer.wrap(4, end);
}

/** @returns the field that the body is in a push */
function writePushed(writer: ProtobufWriter, push: Push): number {
  switch (push.name) {
    case 'pub':
      writePublication(writer, push.pub);
      return 4;
    case 'join':
    case 'leave': {
      const end = writer.mark;
      writeClientInfo(writer, push.info);
      writer.wrap(1, end);
      return push.name === 'join' ? 5 : 6;
    }
    case 'unsubscribe':
      writer.text(3, push.unsubscribe.reason);
      writer.count(2, push.unsubscribe.code);
      return 7;
    case 'message':
      writer.payload(1, push.data);
      return 8;
    case 'subscribe':
      writer.payload(7, push.subscribe.data);
      writer.flag(6, push.subscribe.positioned);
      writer.count(5, push.subscribe.offset);
      writer.text(4, push.subscribe.epoch);
      writer.flag(1, push.subscribe.recoverable);
      return 9;
    case 'disconnect':
      writer.text(2, push.disconnect.reason);
      writer.count(1, push.disconnect.code);
      return 11;
    case 'refresh':
      writeExpiry(writer, push.refresh, 1);
      return 12;
    default:
      return push satisfies never;
  }
}

function writeResult<Name extends ResultName>(
  writer: ProtobufWriter,
  reply: { name: Name; result: Results[Name] },
): number {
  const form = resultForms[reply.name];
  form.write(writer, reply.result);
  return form.field;
}

type ResultForms = {
  [Name in ResultName]: {
    /** Its field in a reply. */
    readonly field: number;
    readonly write: (writer: ProtobufWriter, result: Results[Name]) => void;
  };
};

const resultForms: ResultForms = {
  connect: { field: 5, write: writeConnected },
  subscribe: { field: 6, write: writeSubscribed },
  unsubscribe: { field: 7, write: writeNothing },
  publish: { field: 8, write: writeNothing },
  presence: { field: 9, write: (writer, result) => writePresence(writer, result.presence) },
  presence_stats: {
    field: 10,
    write: (writer, result) => {
      writer.count(2, result.num_users);
      writer.count(1, result.num_clients);
    },
  },
  history: {
    field: 11,
    write: (writer, result) => {
      writer.count(3, result.offset);
      writer.text(2, result.epoch);
      writePublications(writer, 1, result.publications);
    },
  },
  rpc: { field: 13, write: (writer, result) => writer.payload(1, result.data) },
  refresh: { field: 14, write: (writer, result) => writeExpiry(writer, result, 3) },
  sub_refresh: {
    field: 15,
    write: (writer, result) => {
      writePublications(writer, 3, result.items);
      writeExpiry(writer, result, 1);
    },
  },
};

function writeNothing(): void {
  // The message is there, and empty: that is the answer.
}

function writeConnected(writer: ProtobufWriter, result: ConnectResult): void {
  writer.count(11, result.time);
  writer.text(10, result.node);
  writer.text(9, result.session);
  writer.flag(8, result.pong);
  writer.count(7, result.ping);
  for (const [channel, subscribed] of [...result.subs].reverse()) {
    const end = writer.mark;
    writeSubscribed(writer, subscribed);
    writer.wrap(2, end);
    writer.text(1, channel);
    writer.wrap(6, end);
  }
  writer.payload(5, result.data);
  writeExpiry(writer, result, 3);
  writer.text(2, result.version);
  writer.text(1, result.client);
}

function writeSubscribed(writer: ProtobufWriter, result: SubscribeResult): void {
  writer.count(19, result.publishDebounce);
  writePublications(writer, 18, result.state);
  writer.text(17, result.cursor);
  writer.count(16, result.phase);
  writer.count(15, result.type);
  writer.flag(13, result.delta);
  writer.flag(12, result.wasRecovering);
  writer.payload(11, result.data);
  writer.flag(10, result.positioned);
  writer.count(9, result.offset);
  writer.flag(8, result.recovered);
  writePublications(writer, 7, result.publications);
  writer.text(6, result.epoch);
  writer.flag(3, result.recoverable);
  writeExpiry(writer, result, 1);
}

function writePresence(writer: ProtobufWriter, presence: ReadonlyMap<string, WireClientInfo>): void {
  for (const [client, info] of [...presence].reverse()) {
    const end = writer.mark;
    writeClientInfo(writer, info);
    writer.wrap(2, end);
    writer.text(1, client);
    writer.wrap(1, end);
  }
}

function writePublications(
  writer: ProtobufWriter,
  field: number,
  publications: readonly WirePublication[] | undefined,
): void {
  for (const pub of publications?.toReversed() ?? []) {
    const end = writer.mark;
    writePublication(writer, pub);
    writer.wrap(field, end);
  }
}

function writePublication(writer: ProtobufWriter, pub: WirePublication): void {
  writer.count(16, pub.version);
  writer.text(14, pub.epoch);
  writer.flag(12, pub.removed);
  writer.text(11, pub.key);
  writer.flag(8, pub.delta);
  if (pub.tags !== undefined) writeTags(writer, pub.tags);
  writer.count(6, pub.offset);
  if (pub.info !== undefined) {
    const end = writer.mark;
    writeClientInfo(writer, pub.info);
    writer.wrap(5, end);
  }
  writer.payload(4, pub.data);
}

function writeTags(writer: ProtobufWriter, tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags).reverse()) {
    const end = writer.mark;
    writer.text(2, value);
    writer.text(1, key);
    writer.wrap(7, end);
  }
}

function writeClientInfo(writer: ProtobufWriter, info: WireClientInfo): void {
  writer.payload(4, info.chan_info);
  writer.payload(3, info.conn_info);
  writer.text(2, info.client);
  writer.text(1, info.user);
}

/** @param field where `expires` stands in the message; `ttl` is the next */
function writeExpiry(writer: ProtobufWriter, expiry: Expiry, field: number): void {
  writer.count(field + 1, expiry.ttl);
  writer.flag(field, expiry.ttl !== undefined);
}
