// Decides what a command's handler gives back to the dispatcher.
import type { CommandName, Requests, ResultName, Results } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Refusal } from '../operations/refusal.ts';
import type { Connected, Session } from '../session/session.ts';

/**
 * A result with what is to happen once the reply is queued, or a refusal. `isVoid` is asked when the reply is written: whether what the
 * result speaks of has ended already.
 */
export type Outcome<Name extends ResultName> =
  | {
      readonly ok: true;
      readonly result: Results[Name];
      readonly isVoid?: () => boolean;
      readonly after?: () => Promise<void>;
    }
  | Refusal;

/** A session that is established. */
export interface Asking {
  readonly session: Session;
  readonly connected: Connected;
}

/** Carries out one command of an established connection. A rejection becomes error 100. */
export type Handler<Name extends CommandName & ResultName> = (
  context: GatewayContext,
  asking: Asking,
  request: Requests[Name],
) => Promise<Outcome<Name>> | Outcome<Name>;
