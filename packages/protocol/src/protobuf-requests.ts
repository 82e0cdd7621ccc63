// Decides which Protobuf fields each request consists of (Centrifugo client protocol, package centrifugal.centrifuge.protocol).
import type {
  CommandName,
  ConnectRequest,
  FilterNode,
  HistoryRequest,
  PublishRequest,
  Requests,
  RpcRequest,
  ServerSubWish,
  SubRefreshRequest,
  SubscribeRequest,
  TrackBatch,
} from './commands.ts';
import { maxFilterDepth } from './json-decode.ts';
import type { ProtobufReader, ReadField } from './protobuf-read.ts';
import type { StreamPosition } from './server-api.ts';

/** How one request is read: into `earlier`, if the command had the field before, which proto3 merges. */
export interface RequestForm {
  /** Its field in a command. */
  readonly field: number;
  /** Reads the field at which the reader stands; `earlier` is what this form has read before. */
  read(reader: ProtobufReader, earlier: unknown): unknown;
}

// Drafts are requests whose lists and maps can still grow.
interface ConnectDraft extends ConnectRequest {
  headers: Record<string, string> | undefined;
  subs: Map<string, ServerSubWish>;
}
interface FilterDraft extends FilterNode {
  vals: string[];
  nodes: FilterDraft[];
}
interface SubscribeDraft extends SubscribeRequest {
  tf: FilterDraft | undefined;
}
interface TrackDraft extends TrackBatch {
  items: { key: string; version: number }[];
}
interface SubRefreshDraft extends SubRefreshRequest {
  track: TrackDraft[];
  untrack: string[];
}

function formOf<Draft>(field: number, empty: () => Draft, readField: ReadField<Draft>): RequestForm {
  return {
    field,
    // Only this form reads its field, so that what was read before is its own.
    read: (reader, earlier) => reader.message((earlier as Draft | undefined) ?? empty(), readField),
  };
}

const emptyPosition = (): StreamPosition => ({ offset: 0, epoch: '' });
const emptyWish = (): ServerSubWish => ({ recover: false, position: emptyPosition(), delta: '' });
const emptyFilter = (): FilterDraft => ({ op: '', key: '', cmp: '', val: '', vals: [], nodes: [] });

const readConnect: ReadField<ConnectDraft> = (reader, connect, field) => {
  switch (field) {
    case 1:
      connect.token = reader.text();
      break;
    case 2:
      connect.data = reader.payload();
      break;
    case 3: {
      const entry = reader.message({ key: '', value: emptyWish() }, readWishEntry);
      connect.subs.set(entry.key, entry.value);
      break;
    }
    case 4:
      connect.name = reader.text();
      break;
    case 5:
      connect.version = reader.text();
      break;
    case 6: {
      const entry = reader.message({ key: '', value: '' }, readHeader);
      // Without a prototype, so that a header of any name is a member like the others.
      connect.headers ??= Object.create(null) as Record<string, string>;
      connect.headers[entry.key] = entry.value;
      break;
    }
    default:
      reader.skip();
  }
};

const readHeader: ReadField<{ key: string; value: string }> = (reader, entry, field) => {
  if (field === 1) entry.key = reader.text();
  else if (field === 2) entry.value = reader.text();
  else reader.skip();
};

const readWishEntry: ReadField<{ key: string; value: ServerSubWish }> = (reader, entry, field) => {
  if (field === 1) entry.key = reader.text();
  else if (field === 2) entry.value = reader.message(entry.value, readWish);
  else reader.skip();
};

// A SubscribeRequest of which the rest does not matter in `connect`.
const readWish: ReadField<ServerSubWish> = (reader, wish, field) => {
  if (field === 3) wish.recover = reader.flag();
  else if (field === 6) wish.position.epoch = reader.text();
  else if (field === 7) wish.position.offset = reader.count();
  else if (field === 12) wish.delta = reader.text();
  else reader.skip();
};

const readSubscribe: ReadField<SubscribeDraft> = (reader, subscribe, field) => {
  switch (field) {
    case 1:
      subscribe.channel = reader.text();
      break;
    case 2:
      subscribe.token = reader.text();
      break;
    case 8:
      subscribe.data = reader.payload();
      break;
    case 9:
      subscribe.positioned = reader.flag();
      break;
    case 10:
      subscribe.recoverable = reader.flag();
      break;
    case 11:
      subscribe.joinLeave = reader.flag();
      break;
    case 13:
      subscribe.tf = reader.message(subscribe.tf ?? emptyFilter(), readFilter(maxFilterDepth));
      break;
    case 14:
      subscribe.flag = reader.integer();
      break;
    case 15:
      subscribe.type = reader.int32();
      break;
    default:
      readPageOrWish(reader, subscribe, field);
  }
};

const readPageOrWish: ReadField<SubscribeDraft> = (reader, subscribe, field) => {
  if (field === 16) subscribe.phase = reader.int32();
  else if (field === 17) subscribe.cursor = reader.text();
  else if (field === 18) subscribe.limit = reader.int32();
  else if (field === 19) subscribe.asc = reader.flag();
  else readWish(reader, subscribe, field);
};

/** @param levels how many levels of nodes are allowed, this one included */
function readFilter(levels: number): ReadField<FilterDraft> {
  return (reader, node, field) => {
    if (field === 1) node.op = reader.text();
    else if (field === 2) node.key = reader.text();
    else if (field === 3) node.cmp = reader.text();
    else if (field === 4) node.val = reader.text();
    else if (field === 5) node.vals.push(reader.text());
    else if (field !== 6) reader.skip();
    else if (levels === 1) reader.fail();
    else node.nodes.push(reader.message(emptyFilter(), readFilter(levels - 1)));
  };
}

const readPublish: ReadField<PublishRequest> = (reader, publish, field) => {
  if (field === 1) publish.channel = reader.text();
  else if (field === 2) publish.data = reader.payload();
  else if (field === 3) publish.type = reader.int32();
  else if (field === 4) publish.key = reader.text();
  else if (field === 5) publish.removed = reader.flag();
  else reader.skip();
};

const readHistory: ReadField<HistoryRequest> = (reader, history, field) => {
  if (field === 1) history.channel = reader.text();
  else if (field === 7) history.limit = reader.int32();
  else if (field === 8) history.since = reader.message(history.since ?? emptyPosition(), readPosition);
  else if (field === 9) history.reverse = reader.flag();
  else reader.skip();
};

const readPosition: ReadField<StreamPosition> = (reader, position, field) => {
  if (field === 1) position.offset = reader.count();
  else if (field === 2) position.epoch = reader.text();
  else reader.skip();
};

const readRpc: ReadField<RpcRequest> = (reader, rpc, field) => {
  if (field === 1) rpc.data = reader.payload();
  else if (field === 2) rpc.method = reader.text();
  else reader.skip();
};

const readSend: ReadField<Requests['send']> = (reader, send, field) => {
  if (field === 1) send.data = reader.payload();
  else reader.skip();
};

const readRefresh: ReadField<Requests['refresh']> = (reader, refresh, field) => {
  if (field === 1) refresh.token = reader.text();
  else reader.skip();
};

const readSubRefresh: ReadField<SubRefreshDraft> = (reader, refresh, field) => {
  if (field === 1) refresh.channel = reader.text();
  else if (field === 2) refresh.token = reader.text();
  else if (field === 3) refresh.type = reader.int32();
  else if (field === 4) refresh.track.push(reader.message({ signature: '', items: [] }, readTrack));
  else if (field === 5) refresh.untrack.push(reader.text());
  else reader.skip();
};

const readTrack: ReadField<TrackDraft> = (reader, batch, field) => {
  if (field === 1) batch.signature = reader.text();
  else if (field === 2) batch.items.push(reader.message({ key: '', version: 0 }, readKeyed));
  else reader.skip();
};

const readKeyed: ReadField<{ key: string; version: number }> = (reader, item, field) => {
  if (field === 1) item.key = reader.text();
  else if (field === 2) item.version = reader.count();
  else reader.skip();
};

const emptyChannel = (): { channel: string } => ({ channel: '' });

const readChannel: ReadField<{ channel: string }> = (reader, request, field) => {
  if (field === 1) request.channel = reader.text();
  else reader.skip();
};

/** The form of every request, in the order in which the first one present in a command wins. */
export const requestForms = {
  connect: formOf<ConnectDraft>(
    4,
    () => ({ token: '', name: '', version: '', data: undefined, headers: undefined, subs: new Map() }),
    readConnect,
  ),
  subscribe: formOf(5, emptySubscribe, readSubscribe),
  unsubscribe: formOf(6, emptyChannel, readChannel),
  publish: formOf<PublishRequest>(
    7,
    () => ({ channel: '', data: undefined, type: 0, key: '', removed: false }),
    readPublish,
  ),
  presence: formOf(8, emptyChannel, readChannel),
  presence_stats: formOf(9, emptyChannel, readChannel),
  history: formOf<HistoryRequest>(10, () => ({ channel: '', limit: 0, since: undefined, reverse: false }), readHistory),
  rpc: formOf<RpcRequest>(13, () => ({ method: '', data: undefined }), readRpc),
  send: formOf<Requests['send']>(12, () => ({ data: undefined }), readSend),
  refresh: formOf(14, () => ({ token: '' }), readRefresh),
  sub_refresh: formOf<SubRefreshDraft>(
    15,
    () => ({ channel: '', token: '', type: 0, track: [], untrack: [] }),
    readSubRefresh,
  ),
} satisfies Record<CommandName, RequestForm>;

function emptySubscribe(): SubscribeDraft {
  return {
    ...emptyWish(),
    channel: '',
    token: '',
    positioned: false,
    recoverable: false,
    joinLeave: false,
    flag: 0,
    type: 0,
    data: undefined,
    tf: undefined,
    phase: 0,
    cursor: '',
    limit: 0,
    asc: false,
  };
}
