// Decides how payloads stand in the body of an HTTP response: lines, events, or Protobuf messages that delimit themselves.
import { type Codec, jsonCodec, protobufCodec, unidirectionalJsonCodec } from '@parley/protocol';
import { pingMessage, type WireFormat } from '../hub/message.ts';

/** JSON, one reply a line. */
export const jsonLines = bodyFormat(jsonCodec, '', '\n');

/** Protobuf, one behind the other. */
export const protobufMessages = bodyFormat(protobufCodec, '', '');

/** JSON, one reply an event. */
export const jsonEvents = bodyFormat(jsonCodec, 'data: ', '\n\n');

/** JSON pushes of unidirectional connections, one a line. */
export const unidirectionalLines = bodyFormat(unidirectionalJsonCodec, '', '\n');

/** JSON pushes of unidirectional connections, one an event. */
export const unidirectionalEvents = bodyFormat(unidirectionalJsonCodec, 'data: ', '\n\n');

function bodyFormat(codec: Codec, before: string, after: string): WireFormat {
  const head = Buffer.from(before);
  const tail = Buffer.from(after);
  return {
    codec,
    ping: pingMessage(codec.ping),
    frame: (payloads) => Buffer.concat(payloads.flatMap((payload) => [head, payload, tail])),
  };
}
