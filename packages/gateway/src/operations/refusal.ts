// Decides how an operation says no: with an error in the reply, or by ending the connection.
import type { Disconnect, ReplyError } from '@parley/protocol';

/** An expected no. */
export type Refusal =
  | { readonly ok: false; readonly error: ReplyError; readonly disconnect?: never }
  | { readonly ok: false; readonly disconnect: Disconnect; readonly error?: never };

/** A no that the client reads in the reply. */
export function refuse(error: ReplyError): Refusal {
  return { ok: false, error };
}

/** A no that ends the connection. */
export function refuseConnection(disconnect: Disconnect): Refusal {
  return { ok: false, disconnect };
}
