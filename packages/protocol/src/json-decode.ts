// Decides which frames from a client are commands, in JSON: strict about types, blind to unknown members.
import { isUtf8 } from 'node:buffer';
import type { CommandName, Incoming, RecoveryWish, Requests } from './commands.ts';
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
  connect: (fields) => ({
    token: fields.text('token'),
    name: fields.text('name'),
    version: fields.text('version'),
    subs: new Map(
      fields.entries('subs').map(([channel, entry]) => {
        const wish = readWish(entry);
        fields.isBroken ||= entry.isBroken;
        return [channel, wish];
      }),
    ),
  }),
  subscribe: (fields) => ({
    ...readWish(fields),
    channel: fields.text('channel'),
    token: fields.text('token'),
    positioned: fields.flag('positioned'),
    recoverable: fields.flag('recoverable'),
    joinLeave: fields.flag('join_leave'),
    delta: fields.text('delta'),
    flag: fields.integer('flag'),
    type: fields.integer('type'),
  }),
  unsubscribe: readChannel,
  publish: (fields, slice) => ({ channel: fields.text('channel'), data: slice('data'), type: fields.integer('type') }),
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
  }),
};

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
