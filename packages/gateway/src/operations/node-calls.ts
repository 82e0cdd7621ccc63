// Carries out on this node what all nodes are asked to do.
import { disconnects, type NodeInfo, unsubscribes } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { NodeHandlers } from '../engine/nodes.ts';
import { globMatcher } from '../glob.ts';
import type { Reports } from '../metrics/reports.ts';
import type { Session } from '../session/session.ts';
import { addServerSubscription } from './add-server-subscription.ts';
import { disconnect } from './disconnect.ts';
import { leave } from './leave.ts';
import { listConnections } from './list-connections.ts';
import { refreshByServer } from './refresh-by-server.ts';
import { endRevoked } from './revoke.ts';

/**
 * What this node does when it is asked, but for frames, which are the transports' affair. Context and reports are asked for late,
 * because they hold the nodes.
 */
export function createNodeHandlers(
  contextOf: () => GatewayContext,
  reportsOf: () => Reports,
): Omit<NodeHandlers, 'emulate'> {
  return {
    async subscribe(params) {
      const context = contextOf();
      const rules = context.namespaces(params.channel);
      // Whoever asks has looked; a node with another configuration has nothing to do.
      if (rules === undefined) return undefined;
      await forTargets(context, params, (session) => addServerSubscription(context, session, { ...params, rules }));
      return undefined;
    },

    async unsubscribe(params) {
      const context = contextOf();
      const { channel } = params;
      await forTargets(context, params, async (session) => {
        const leaveNow = async (): Promise<void> => {
          const channels = channel === '' ? [...session.subscriptions.keys(), ...session.reserved] : [channel];
          await Promise.all(channels.map((name) => leave(context, session, name, unsubscribes.server)));
        };
        // Subscribes that wait for the connect reply came before this.
        session.established?.afterReply?.push(leaveNow);
        await leaveNow();
      });
      return undefined;
    },

    async disconnect(params) {
      const context = contextOf();
      const why = params.disconnect ?? disconnects.forceDisconnect;
      const spared = new Set(params.whitelist);
      await forTargets(context, params, async (session) => {
        if (!spared.has(session.clientId)) await disconnect(context, session, why);
      });
      return undefined;
    },

    async refresh(params) {
      const context = contextOf();
      await forTargets(context, params, (session) => refreshByServer(context, session, params));
      return undefined;
    },

    shared_poll_publish({ channel, epoch = '', ...item }) {
      contextOf().polls.of(channel)?.publish(item, epoch);
      return Promise.resolve(undefined);
    },

    end_revoked: (revocation) => endRevoked(contextOf(), revocation),

    connections: (query) => Promise.resolve(listConnections(contextOf(), query)),

    channels({ pattern }) {
      const matches = globMatcher(pattern);
      const found = Array.from(contextOf().hub.channels()).filter(([channel]) => matches(channel));
      return Promise.resolve(Object.fromEntries(found));
    },

    info: () => Promise.resolve({ ...infoOf(contextOf()), metrics: reportsOf().info() }),

    metrics: () => reportsOf().metrics(),
  };
}

function infoOf({ node, clock, hub, connections }: GatewayContext): NodeInfo {
  return {
    uid: node.id,
    name: node.name,
    version: node.version,
    num_clients: connections.count,
    num_users: connections.userCount,
    num_subs: hub.subscriptionCount,
    num_channels: hub.channelCount,
    uptime: Math.floor((clock.now() - node.startedAt) / 1000),
  };
}

interface Target {
  user: string;
  client?: string;
  session?: string;
}

/** Does something with the connections that a call means: all of a user, or the one of them that `client` or `session` names. */
async function forTargets(
  { connections }: GatewayContext,
  { user, client, session }: Target,
  run: (session: Session) => Promise<unknown>,
): Promise<void> {
  const sessions = [...connections.ofUser(user)].filter(
    ({ clientId, transport }) =>
      (client === undefined || clientId === client) && (session === undefined || transport.sessionId === session),
  );
  await Promise.all(sessions.map(run));
}
