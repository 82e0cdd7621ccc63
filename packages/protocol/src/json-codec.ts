// Decides the JSON wire format as one codec.
import type { Codec } from './codec.ts';
import { decodeJson } from './json-decode.ts';
import { printPush, printReply } from './json-encode.ts';

/** Centrifugo's client protocol in JSON: commands and replies on lines of their own. */
export const jsonCodec: Codec = {
  name: 'json',
  ping: Buffer.from('{}'),
  decode: decodeJson,
  encodeReply: (reply) => Buffer.from(printReply(reply)),
  encodePush: (push) => Buffer.from(printPush(push)),
};
