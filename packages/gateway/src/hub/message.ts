// Decides how encoded messages are queued and shared: a run that many connections wait for is one object, joined once.
import type { Codec } from '@parley/protocol';

/** How messages look on one kind of transport. One object per kind for the whole process; compared by identity. */
export interface WireFormat {
  readonly codec: Codec;
  /** The server's ping. */
  readonly ping: Message;
  /** Joins payloads to the bytes that one write sends. */
  frame(payloads: readonly Buffer[]): Buffer;
}

/** What a message is, for those who count: the kind of frame, and the channel ("" if it has none). */
export interface MessageLabel {
  readonly frame: string;
  readonly channel: string;
  /** When it was published, in milliseconds as `elapsed` of the metrics has them; undefined if that is not measured. */
  readonly since?: number | undefined;
}

const unlabelled: MessageLabel = { frame: 'other', channel: '' };

/** The server's ping in one encoding. */
export function pingMessage(payload: Buffer): Message {
  return new Message(payload, { frame: 'server_ping', channel: '' });
}

/** A payload encoded for one format, shared by all who get it. */
export class Message {
  readonly payload: Buffer;
  readonly label: MessageLabel;
  /** The run that consists of this message only. */
  readonly alone: Run;

  constructor(payload: Buffer, label: MessageLabel = unlabelled) {
    this.payload = payload;
    this.label = label;
    this.alone = new Run(undefined, this);
  }
}

/**
 * Messages in order, immutable, held backwards. Whoever has the same run and appends the same message gets the same next
 * run: broadcasting to 1,000 idle connections makes one run, and its bytes are joined once.
 */
export class Run {
  readonly #before: Run | undefined;
  readonly #message: Message;
  /** Payload bytes. */
  readonly bytes: number;
  /** To how many connections it was written and not yet counted, and over which transport. */
  writes = 0;
  writtenOver = '';
  // Broadcasts come one after another, so that remembering the last continuation is enough.
  #after: Run | undefined;
  #framed: Buffer | undefined;

  constructor(before: Run | undefined, message: Message) {
    this.#before = before;
    this.#message = message;
    this.bytes = message.payload.length + (before === undefined ? 0 : before.bytes);
  }

  /** This run and then `message`. */
  followedBy(message: Message): Run {
    if (this.#after !== undefined && this.#after.#message === message) return this.#after;
    const after = new Run(this, message);
    this.#after = after;
    return after;
  }

  /** The bytes of the run; made at the first call. All messages of a run are of the same format. */
  framed(format: WireFormat): Buffer {
    this.#framed ??= format.frame(this.messages().map(({ payload }) => payload));
    return this.#framed;
  }

  /** Its messages in order. */
  messages(): Message[] {
    const messages = [this.#message];
    for (let run = this.#before; run !== undefined; run = run.#before) messages.push(run.#message);
    return messages.reverse();
  }
}
