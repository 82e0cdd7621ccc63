// Carries out what the server API has beyond streams and maps: shared polls, lists of connections, revocation of tokens.
import { replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import type { Revocation } from '../revocations/revocation.ts';
import { readConnections } from './connections-page.ts';
import { type Method, openChannel, type RawReply, refused } from './method.ts';

type Control = 'shared_poll_publish' | 'connections' | 'revoke_token' | 'invalidate_user_tokens';

/** These methods by their names. */
export const controlMethods: { readonly [M in Control]: Method<M> } = {
  async shared_poll_publish(context, params) {
    // A backend in this process is not read field by field.
    if (params.key === '' || !(params.version > 0)) return refused(replyErrors.badRequest);
    const opened = openChannel(context, params.channel);
    if (!opened.ok) return opened.reply;
    const { type, options } = opened.rules;
    if (type !== 'shared_poll') return refused(replyErrors.badRequest);
    if (!options.shared_poll.publish_enabled) return refused(replyErrors.notAvailable);
    await context.nodes.all('shared_poll_publish', params);
    return { result: {} };
  },

  async connections(context, params) {
    const page = await readConnections(context, params);
    return page === undefined ? refused(replyErrors.badRequest) : { result: page };
  },

  async revoke_token(context, { uid: id, expire_at }) {
    const expiresAt = revocationEnd(context, expire_at);
    if (id === '' || expiresAt === undefined) return refused(replyErrors.badRequest);
    return revokeEverywhere(context, { kind: 'token', id, expiresAt });
  },

  async invalidate_user_tokens(context, { user, all_users: isForAll = false, channel, issued_before, expire_at }) {
    const expiresAt = revocationEnd(context, expire_at);
    // One user or all of them: an empty scope is a mistake of the caller.
    if ((user === '') !== isForAll || expiresAt === undefined) return refused(replyErrors.badRequest);
    return revokeEverywhere(context, {
      kind: 'issued_before',
      user: isForAll ? undefined : user,
      channel,
      issuedBefore: issued_before ?? Math.floor(context.clock.now() / 1000),
      expiresAt,
    });
  },
};

/** Unix milliseconds. Undefined: it is over already. */
function revocationEnd({ clock }: GatewayContext, expireAt: number | undefined): number | undefined {
  const now = clock.now();
  const expiresAt = expireAt === undefined ? now + limits.maxTtlSeconds * 1000 : expireAt * 1000;
  return expiresAt > now ? expiresAt : undefined;
}

async function revokeEverywhere(
  { revocations, nodes }: GatewayContext,
  revocation: Revocation,
): Promise<RawReply<'revoke_token'>> {
  if (!(await revocations.add(revocation))) return refused(replyErrors.limitExceeded);
  await nodes.all('end_revoked', revocation);
  return { result: {} };
}
