// Decides which frames from a client are commands, in Protobuf.
import type { CommandName, Incoming } from './commands.ts';
import { ProtobufReader, type ReadField } from './protobuf-read.ts';
import { type RequestForm, requestForms } from './protobuf-requests.ts';

const pong: Incoming = { name: 'pong' };
const malformed: Incoming = { name: 'malformed' };
const maxId = 0xffff_ffff;

/** Reads a frame lazily: commands behind their lengths. See `Codec.decode`. */
export function* decodeProtobuf(frame: Buffer): Generator<Incoming, void> {
  const reader = new ProtobufReader(frame);
  if (!reader.hasMore) yield malformed;
  while (reader.hasMore) {
    const command = readCommand(reader);
    yield command;
    if (command.name === 'malformed') return;
  }
}

/**
 * Reads what a client posts to speak on a stream that it opened before: commands in `frame`, for the connection that `session` names.
 * Undefined if it cannot be read.
 */
export function readProtobufEmulation(body: Buffer): { node: string; session: string; frame: Buffer } | undefined {
  const reader = new ProtobufReader(body);
  const request = reader.rest({ node: '', session: '', frame: noBytes }, readEmulation);
  return reader.isBroken ? undefined : request;
}

const noBytes = Buffer.alloc(0);

const readEmulation: ReadField<{ node: string; session: string; frame: Buffer }> = (reader, request, field) => {
  if (field === 1) request.node = reader.text();
  else if (field === 2) request.session = reader.text();
  else if (field === 3) request.frame = reader.bytes();
  else reader.skip();
};

interface RankedForm extends RequestForm {
  readonly name: CommandName;
  /** Of several requests in a command the one with the lowest rank wins. */
  readonly rank: number;
}

const forms: ReadonlyMap<number, RankedForm> = new Map(
  Object.entries(requestForms).map(([name, form], rank) => [form.field, { ...form, name: name as CommandName, rank }]),
);

interface Draft {
  id: number;
  form: RankedForm | undefined;
  request: unknown;
}

function readCommand(reader: ProtobufReader): Incoming {
  const { id, form, request } = reader.delimited<Draft>({ id: 0, form: undefined, request: undefined }, readRequest);
  if (reader.isBroken || id > maxId) return malformed;
  if (id === 0 && form?.name !== 'send') return pong;
  // The compiler cannot see that `request` belongs to this `name`; the table's type says so.
  return form === undefined ? malformed : ({ id, name: form.name, request } as Incoming);
}

const readRequest: ReadField<Draft> = (reader, command, field) => {
  if (field === 1) {
    command.id = reader.count();
    return;
  }
  const form = forms.get(field);
  if (form === undefined) {
    reader.skip();
    return;
  }
  // A request that loses is read all the same: the command may be malformed there.
  const request = form.read(reader, form === command.form ? command.request : undefined);
  if (command.form !== undefined && command.form.rank < form.rank) return;
  command.form = form;
  command.request = request;
};
