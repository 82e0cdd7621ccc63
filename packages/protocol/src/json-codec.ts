// Decides the JSON wire format as one codec.
import { isUtf8 } from 'node:buffer';
import type { Codec } from './codec.ts';
import { decodeConnectRequest, decodeJson } from './json-decode.ts';
import { printPush, printReply, printUnidirectionalPush, printUnidirectionalReply } from './json-encode.ts';
import { rawJson } from './raw-json.ts';

// What the JavaScript client parses without harm where there is no data: it parses the text of each publication, removals included.
const noData = rawJson('null');

/** Centrifugo's client protocol in JSON: commands and replies on lines of their own. */
export const jsonCodec: Codec = {
  name: 'json',
  ping: Buffer.from('{}'),
  decode: decodeJson,
  encodeReply: (reply) => toBytes(printReply(reply)),
  encodePush: (push) => toBytes(printPush(push)),
  deltaData(data) {
    if (data === undefined) return noData;
    if (typeof data === 'string') return rawJson(data);
    // A patch copies bytes, so that it may cut a character in two; then it is no text.
    return isUtf8(data) ? rawJson(Buffer.from(data).toString()) : undefined;
  },
};

/**
 * The same for unidirectional connections: a frame is one connect request without a command around it, pushes have no reply around
 * them, and the answer to connect is a push. Other replies have no form: there is nothing to ask.
 */
export const unidirectionalJsonCodec: Codec = {
  ...jsonCodec,
  decode: decodeConnectRequest,
  encodeReply: (reply) => toBytes(printUnidirectionalReply(reply)),
  encodePush: (push) => toBytes(printUnidirectionalPush(push)),
};

function toBytes(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}
