// Decides which frames from a client are commands, in JSON: strict about types, blind to unknown members.
import { isUtf8 } from 'node:buffer';
import type { CommandName, FilterNode, Incoming, RecoveryWish, Requests, TrackBatch } from './commands.ts';
import { Fields, isObject } from './fields.ts';
import { type RawJson, sliceMember } from './raw-json.ts';
import type { StreamPosition } from './server-api.ts';

const pong: Incoming = { name: 'pong' };
const malformed: Incoming = { name: 'malformed' };

/** Reads a frame lazily: one JSON command a line. See `Codec.decode`. */
export function* decodeJson(frame: Buffer): Generator<Incoming, void> {
  if (frame.length === 0 || !isUtf8(frame)) {
    yield malformed;
    return;
  }
  const text = frame.toString();
  let start = 0;
  while (start < text.length) {
    const lineBreak = text.indexOf('\n', start);
    const end = lineBreak === -1 ? text.length : lineBreak;
    const command = decodeLine(text.slice(start, end));
    yield command;
    if (command.name === 'malformed') return;
    start = end + 1;
  }
}

/** Reads what a unidirectional connection sends: one connect request, `null` standing for an empty one. */
export function* decodeConnectRequest(frame: Buffer): Generator<Incoming, void> {
  const text = isUtf8(frame) ? frame.toString().trim() : '';
  const request = text === 'null' ? '{}' : text;
  const command = decodeLine(`{"id":1,"connect":${request}}`);
  // Whoever closes the brackets himself would write a command of another kind.
  yield command.name === 'connect' && isJsonObject(request) ? command : malformed;
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    // That it is not JSON is all there is to say.
    return false;
  }
}

function decodeLine(line: string): Incoming {
  if (line === '{}') return pong;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    // The client is told by the close code; the parser's text would repeat what it sent.
    return malformed;
  }
  if (!isObject(parsed)) return malformed;
  const fields = new Fields(parsed);
  const id = fields.count('id');
  if (fields.isBroken || id > 0xffff_ffff) return malformed;
  const name = commandNames.find((candidate) => parsed[candidate] !== undefined && parsed[candidate] !== null);
  if (id === 0 && name !== 'send') return pong;
  if (name === undefined) return malformed;
  const request = parsed[name];
  if (!isObject(request)) return malformed;
  return readCommand(id, name, { fields: new Fields(request), line });
}

interface Source {
  fields: Fields;
  line: string;
}

function readCommand<Name extends CommandName>(id: number, name: Name, source: Source): Incoming {
  const request = readers[name](source.fields, (member) => sliceMember(source.line, [name, member]));
  if (source.fields.isBroken) return malformed;
  // The compiler cannot see that `request` belongs to this `name`; the table's type says so.
  return { id, name, request } as Incoming;
}

type Readers = {
  [Name in CommandName]: (fields: Fields, slice: (member: string) => RawJson | undefined) => Requests[Name];
};

const readers: Readers = {
  connect: (fields, slice) => ({
    token: fields.text('token'),
    name: fields.text('name'),
    version: fields.text('version'),
    data: slice('data'),
    headers: fields.textMap('headers'),
    subs: new Map(
      fields.entries('subs').map(([channel, entry]) => {
        const wish = { ...readWish(entry), delta: entry.text('delta') };
        fields.isBroken ||= entry.isBroken;
        return [channel, wish];
      }),
    ),
  }),
  subscribe: (fields, slice) => ({
    ...readWish(fields),
    channel: fields.text('channel'),
    token: fields.text('token'),
    positioned: fields.flag('positioned'),
    recoverable: fields.flag('recoverable'),
    joinLeave: fields.flag('join_leave'),
    delta: fields.text('delta'),
    flag: fields.integer('flag'),
    type: fields.integer('type'),
    data: slice('data'),
    tf: readFilter(fields, fields.nested('tf'), maxFilterDepth),
    phase: fields.integer('phase'),
    cursor: fields.text('cursor'),
    limit: fields.integer('limit'),
    asc: fields.flag('asc'),
  }),
  unsubscribe: readChannel,
  publish: (fields, slice) => ({
    channel: fields.text('channel'),
    data: slice('data'),
    type: fields.integer('type'),
    key: fields.text('key'),
    removed: fields.flag('removed'),
  }),
  presence: readChannel,
  presence_stats: readChannel,
  history: (fields) => ({
    channel: fields.text('channel'),
    limit: fields.integer('limit'),
    since: readPosition(fields, 'since'),
    reverse: fields.flag('reverse'),
  }),
  rpc: (fields, slice) => ({ method: fields.text('method'), data: slice('data') }),
  send: (_fields, slice) => ({ data: slice('data') }),
  refresh: (fields) => ({ token: fields.text('token') }),
  sub_refresh: (fields) => ({
    channel: fields.text('channel'),
    token: fields.text('token'),
    type: fields.integer('type'),
    track: readTrack(fields),
    untrack: fields.texts('untrack'),
  }),
};

/** Filters nested deeper than this are malformed: nobody writes them by hand, and reading them costs stack. */
export const maxFilterDepth = 32;

function readFilter(outer: Fields, node: Fields | undefined, depth: number): FilterNode | undefined {
  if (node === undefined) return undefined;
  if (depth === 0) outer.isBroken = true;
  const nodes = depth === 0 ? [] : node.items('nodes').map((child) => readFilter(node, child, depth - 1));
  const filter = {
    op: node.text('op'),
    key: node.text('key'),
    cmp: node.text('cmp'),
    val: node.text('val'),
    vals: node.texts('vals'),
    nodes: nodes.filter((child) => child !== undefined),
  };
  outer.isBroken ||= node.isBroken;
  return filter;
}

function readTrack(fields: Fields): TrackBatch[] {
  return fields.items('track').map((batch) => {
    const items = batch.items('items').map((item) => {
      const keyed = { key: item.text('key'), version: item.count('version') };
      batch.isBroken ||= item.isBroken;
      return keyed;
    });
    const read = { signature: batch.text('signature'), items };
    fields.isBroken ||= batch.isBroken;
    return read;
  });
}

// The order is the protocol's: of several requests in one command the first wins.
const commandNames = Object.keys({
  connect: 0,
  subscribe: 0,
  unsubscribe: 0,
  publish: 0,
  presence: 0,
  presence_stats: 0,
  history: 0,
  rpc: 0,
  send: 0,
  refresh: 0,
  sub_refresh: 0,
} satisfies Record<CommandName, 0>) as CommandName[];

function readChannel(fields: Fields): { channel: string } {
  return { channel: fields.text('channel') };
}

function readWish(fields: Fields): RecoveryWish {
  return {
    recover: fields.flag('recover'),
    position: { offset: fields.count('offset'), epoch: fields.text('epoch') },
  };
}

/** A `since` member. Undefined if absent. */
export function readPosition(fields: Fields, name: string): StreamPosition | undefined {
  const nested = fields.nested(name);
  if (nested === undefined) return undefined;
  const position = { offset: nested.count('offset'), epoch: nested.text('epoch') };
  fields.isBroken ||= nested.isBroken;
  return position;
}
