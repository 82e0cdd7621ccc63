// States what a session needs of the connection below it.
import type { Disconnect } from '@parley/protocol';
import type { WireFormat } from '../hub/message.ts';

/** One connection of one kind. It calls `receive` and `connectionEnded` above it; this is what is called from above. */
export interface Transport {
  /** As proxies, logs and metrics call it: `websocket`, `sse`, `http_stream`, `uni_websocket` … */
  readonly name: string;
  /** Whether the client says nothing after connect; then errors become disconnects, and pings have no answer. */
  readonly isUnidirectional: boolean;
  /** The secret by which this connection is named in requests of its own; undefined where it is both ways. */
  readonly sessionId: string | undefined;
  /** Whether the transport keeps itself alive, so that there are no pings of the protocol. */
  readonly pingsItself: boolean;
  /** Headers of its HTTP request that are forwarded to the backend, by lower-case name; undefined if none are. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly format: WireFormat;
  /** Bytes that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** Sends what `format.frame` made, as one write. Ignored when the connection is closing. */
  write(bytes: Buffer): void;
  /** Sends a ping of the transport's own, if it has such. @returns whether it has: then the client has to answer */
  ping(): boolean;
  /**
   * Learns, before `close`, that connect was refused: with the code of the error or of the disconnect, as it was before it became a
   * disconnect of unidirectional connections. Only they are told.
   */
  connectRefused?(code: number): void;
  /** Closes with this code after what was written, telling the client in the transport's own way; cuts the connection if that takes too long. */
  close(disconnect: Disconnect): void;
  /** Stops reading until `resume`, where there is something to read. */
  pause(): void;
  resume(): void;
}
