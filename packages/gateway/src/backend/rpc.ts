// States what the gateway asks the application for when a client calls a method.
import type { Payload, ReplyError } from '@parley/protocol';

/** A call. Nothing in it was checked but the connection. */
export interface RpcCall {
  readonly user: string;
  readonly client: string;
  readonly method: string;
  /** Undefined if the client sent none. */
  readonly data: Payload | undefined;
}

/** The application's answer; custom error codes are 400 to 1999. A rejection becomes error 100. */
export type RpcAnswer =
  | { readonly ok: true; readonly data?: Payload }
  | { readonly ok: false; readonly error: ReplyError };

/** An application in the same process that answers calls. */
export interface RpcBackend {
  rpc(call: RpcCall): Promise<RpcAnswer>;
}
