// Decides what a wire format has to be able to do; transports frame what it makes.
import type { Incoming } from './commands.ts';
import type { Payload } from './payload.ts';
import type { Push, Reply } from './replies.ts';

/** One encoding of the client protocol. It holds no state: one instance serves all connections. */
export interface Codec {
  /** As proxies and metrics call it. */
  readonly name: 'json' | 'protobuf';
  /** The payload of a server ping. */
  readonly ping: Buffer;
  /**
   * Reads a frame, one command at a time and only as far as the caller goes on. Ends after the first `malformed`: what
   * follows it cannot be trusted.
   */
  decode(frame: Buffer): Iterable<Incoming>;
  /** One reply with what delimits it from the next, if that is part of the encoding. Undefined: a payload has no form in this encoding. */
  encodeReply(reply: Reply): Buffer | undefined;
  /** One push, as `encodeReply`. */
  encodePush(push: Push): Buffer | undefined;
  /**
   * How `data` stands in a channel with negotiated delta compression: a payload or a patch, which is bytes. Undefined: it has no form in
   * this encoding, or, for absent data, none is needed.
   */
  deltaData(data: Payload | undefined): Payload | undefined;
}
