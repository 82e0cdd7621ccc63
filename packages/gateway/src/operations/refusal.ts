// Decides how an operation says no: with an error in the reply, or by ending the connection.
import { type Disconnect, type ReplyError, replyErrors } from '@parley/protocol';

/** An expected no. */
export type Refusal =
  | { readonly ok: false; readonly error: ReplyError; readonly disconnect?: never }
  | { readonly ok: false; readonly disconnect: Disconnect; readonly error?: never };

/** A no that the client reads in the reply. */
export function refuse(error: ReplyError): Refusal {
  return { ok: false, error };
}

/**
 * For what ended while it was being made: whoever ended it has told the client all that there is to tell, and a client that still wants it
 * asks again.
 */
export const endedMeanwhile: Refusal = refuse(replyErrors.internal);

/** A no that ends the connection. */
export function refuseConnection(disconnect: Disconnect): Refusal {
  return { ok: false, disconnect };
}
