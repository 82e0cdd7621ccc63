// Decides who gets which realtime token, and what it claims.
import { RealtimeToken, SubscriptionTokenRequest, mayUseChannels } from '@parley/contract';
import { readAccess } from '../collaboration/access.ts';
import { mayReadRoom } from '../collaboration/rooms/policy.ts';
import type { Actor, ApiContext } from '../context.ts';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { problem } from '../http/problems.ts';
import { parseChannel, userChannel } from './channels.ts';

/** What minting realtime tokens asks for. */
export type TokenPorts = Pick<ApiContext, 'config' | 'clock' | 'database' | 'issuer'>;

/** Adds the endpoints that hand out tokens for the gateway. */
export function registerRealtimeTokenRoutes(app: ApiApp, ports: TokenPorts): void {
  const tags = ['realtime'];
  app.get(
    '/v1/realtime/connection-token',
    { config: { right: 'realtime:connect' }, schema: { tags, response: { 200: RealtimeToken } } },
    (request, reply) => {
      reply.header('cache-control', 'no-store');
      return connectionToken(ports, actorOf(request));
    },
  );
  app.post(
    '/v1/realtime/subscription-token',
    {
      config: { right: 'realtime:connect', idempotency: 'off' },
      schema: { tags, body: SubscriptionTokenRequest, response: { 200: RealtimeToken } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const token = await subscriptionToken(ports, actorOf(request), request.body.channel);
      return token ?? problem(reply, 'not_found');
    },
  );
}

function connectionToken({ config, clock, issuer }: TokenPorts, actor: Actor): RealtimeToken {
  const claims = {
    sub: actor.userId,
    expire_at: Math.floor(clock.now() / 1_000) + config.connectionLife,
    info: { name: actor.name },
    channels: mayUseChannels(actor, 'user') ? [userChannel(actor.userId)] : [],
    meta: { sid: actor.sessionId, uv: actor.epoch },
  };
  return { token: issuer.connection(claims, config.connectionTokenLife), expiresIn: config.connectionTokenLife };
}

/**
 * A token for a room's channel rests on the membership, by its id: when that ends, the token is dead. Whoever may not
 * subscribe, for whatever reason, is told the same.
 */
async function subscriptionToken(
  { config, clock, database, issuer }: TokenPorts,
  actor: Actor,
  channel: string,
): Promise<RealtimeToken | undefined> {
  const owner = parseChannel(channel);
  if (owner?.kind !== 'room' || !mayUseChannels(actor, 'chat')) return undefined;
  const access = await readAccess(database.read, { actor, roomId: owner.roomId });
  if (access?.membership === undefined || access.membership === null || !mayReadRoom(access.standing)) return undefined;
  const claims = {
    sub: actor.userId,
    channel,
    expire_at: Math.floor(clock.now() / 1_000) + config.connectionLife,
    info: { name: actor.name },
    sid: actor.sessionId,
    uv: actor.epoch,
    mid: access.membership.id,
  };
  return { token: issuer.subscription(claims, config.connectionTokenLife), expiresIn: config.connectionTokenLife };
}
