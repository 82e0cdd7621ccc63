// States how live subscriptions are counted over all nodes of a server, and that one node is told for all.

/**
 * What the node is told that speaks for the server. `begin`: it is this one from now on, and all that counts now comes again. A channel
 * may be joined several times before it is left; it has subscribers until it was left as often.
 */
export type AudienceChange =
  | { readonly name: 'begin' }
  | { readonly name: 'joined'; readonly channel: string }
  | { readonly name: 'left'; readonly channel: string };

/**
 * Counts live subscriptions. Of a node that dies everything counts as left. One node, the oldest, is told every change in order; when it
 * dies, the next begins with what counted then, so that nothing is missed and at most one speaks.
 */
export interface Audience {
  /** A subscription of this node became live. */
  joined(channel: string): void;
  /** A subscription of this node that was live ended. */
  left(channel: string): void;
}
