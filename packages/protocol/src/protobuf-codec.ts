// Decides the Protobuf wire format as one codec.
import type { Codec } from './codec.ts';
import { decodeProtobuf } from './protobuf-decode.ts';
import { writePush, writeReply } from './protobuf-encode.ts';
import { ProtobufWriter } from './protobuf-write.ts';

// One for all connections: a message is complete before another begins.
const writer = new ProtobufWriter();

/**
 * Centrifugo's client protocol in Protobuf: commands and replies behind their lengths, so that joining them is concatenation. Every
 * payload has a form: text is carried as its UTF-8. Whole numbers end at 2^53, as in JSON; a larger one is malformed.
 */
export const protobufCodec: Codec = {
  name: 'protobuf',
  ping: Buffer.from([0]),
  decode: decodeProtobuf,
  encodeReply(reply) {
    writer.begin();
    writeReply(writer, reply);
    return writer.takeDelimited();
  },
  encodePush(push) {
    writer.begin();
    writePush(writer, push);
    return writer.takeDelimited();
  },
  deltaData: (data) => data,
};
