// States what a session needs of the connection below it.
import type { Disconnect } from '@parley/protocol';
import type { WireFormat } from '../hub/message.ts';

/** One connection of one kind. It calls `receive` and `connectionEnded` above it; this is what is called from above. */
export interface Transport {
  /** For logs and statistics: `websocket`. */
  readonly name: string;
  readonly format: WireFormat;
  /** Bytes that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** Sends what `format.frame` made, as one write. Ignored when the connection is closing. */
  write(bytes: Buffer): void;
  /** Closes with this code after what was written; cuts the connection if that takes too long. */
  close(disconnect: Disconnect): void;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
}
