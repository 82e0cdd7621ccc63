// States what the processes of one server ask each other, and what they may rely on.
import type { NodeMetrics } from '../metrics/node-metrics.ts';
import type { ConnectionInfo, NodeInfo, RawParams } from '@parley/protocol';
import type { Revocation } from '../revocations/revocation.ts';

/** Which connections of a node: those after the number `after`, at most `limit`. */
export interface ConnectionsQuery {
  readonly user: string | undefined;
  readonly channel: string | undefined;
  readonly after: number;
  readonly limit: number;
  readonly withChannels: boolean;
}

/** A connection with its number, which grows in the order in which the node's connections came. */
export interface FoundConnection {
  readonly number: number;
  readonly info: ConnectionInfo;
}

/** What a node does or answers for the others, with plain data only: it may cross from process to process. */
export interface NodeCalls {
  /** Orders about the connections of a user, as the server API has them; a node without such connections does nothing. */
  subscribe: { params: RawParams<'subscribe'>; result: undefined };
  unsubscribe: { params: RawParams<'unsubscribe'>; result: undefined };
  disconnect: { params: RawParams<'disconnect'>; result: undefined };
  refresh: { params: RawParams<'refresh'>; result: undefined };
  /** Gives a frame to the connection with this session id; without one, nothing happens. */
  emulate: { params: { readonly session: string; readonly frame: Uint8Array }; result: undefined };
  /** A key of a shared poll; a node where nobody tracks it does nothing. */
  shared_poll_publish: { params: RawParams<'shared_poll_publish'>; result: undefined };
  /** Ends what came in with tokens that are good no more. */
  end_revoked: { params: Revocation; result: undefined };
  connections: { params: ConnectionsQuery; result: readonly FoundConnection[] };
  /** Numbers of subscribers on the node, of channels whose names match a glob pattern. */
  channels: { params: { readonly pattern: string }; result: Readonly<Record<string, number>> };
  info: { params: Record<string, never>; result: NodeInfo };
  metrics: { params: Record<string, never>; result: NodeMetrics };
}

/** Name of something that nodes ask each other. */
export type NodeCall = keyof NodeCalls;

/** What one node does when it is asked. */
export type NodeHandlers = {
  readonly [C in NodeCall]: (params: NodeCalls[C]['params']) => Promise<NodeCalls[C]['result']>;
};

/**
 * All nodes of a server. A node that ends while it is asked, or hangs and is given up, does not count; what its connections were to be
 * told concerns nobody any more. A call rejects if a node fails, or if the others cannot be reached.
 */
export interface Nodes {
  /** Asks every node that is alive, this one included, and resolves when all have done it. */
  all<C extends NodeCall>(call: C, params: NodeCalls[C]['params']): Promise<readonly NodeCalls[C]['result'][]>;
  /** Asks one node. Undefined: there is no such node. */
  one<C extends NodeCall>(
    nodeId: string,
    call: C,
    params: NodeCalls[C]['params'],
  ): Promise<{ readonly result: NodeCalls[C]['result'] } | undefined>;
}

/** The nodes of a server that is one process. */
export function createSingleNode(nodeId: string, handlers: NodeHandlers): Nodes {
  return {
    all: async (call, params) => [await handlers[call](params)],
    one: async (id, call, params) => (id === nodeId ? { result: await handlers[call](params) } : undefined),
  };
}
