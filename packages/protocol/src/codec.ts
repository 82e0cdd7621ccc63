// Decides what a wire format has to be able to do; transports frame what it makes.
import type { Incoming } from './commands.ts';
import type { Push, Reply } from './replies.ts';

/** One encoding of the client protocol. It holds no state: one instance serves all connections. */
export interface Codec {
  readonly name: 'json';
  /** The payload of a server ping. */
  readonly ping: Buffer;
  /**
   * Reads a frame, one command at a time and only as far as the caller goes on. Ends after the first `malformed`: what
   * follows it cannot be trusted.
   */
  decode(frame: Buffer): Iterable<Incoming>;
  /** One reply, unframed, without a line break. */
  encodeReply(reply: Reply): Buffer;
  /** One push, unframed, without a line break. */
  encodePush(push: Push): Buffer;
}
