// Decides what can be done in a room from its rows and its composer.
import type { Outcome } from '@parley/client';

/** The actions of one room, bound to it. Refusals come back as values; sending never waits. */
export type RoomActions = {
  send: (text: string) => Outcome<unknown>;
  retry: (clientMessageId: string) => void;
  discard: (clientMessageId: string) => void;
  edit: (messageId: string, text: string) => Promise<Outcome<unknown>>;
  remove: (messageId: string) => Promise<Outcome<unknown>>;
};
