// Decides how people are invited: who may, what the link offers, and what a link is worth.
import type { Invitation, InvitationCreate, InvitationOffer } from '@parley/contract';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Actor, ApiContext } from '../context.ts';
import type { Query } from '../db/database.ts';
import { findOneTimeToken, makeOneTimeToken } from './one-time-tokens.ts';
import { mayInvite, mayNameRoom } from './policy.ts';

/** What asking for an invitation gets; its `url` is not shown again. */
export type Invited = { ok: true; invitation: Invitation } | { ok: false; problem: 'auth.forbidden' | 'not_found' };

/** What was asked for, with the defaults filled in. */
export type WantedInvitation = z.output<typeof InvitationCreate>;

type Ports = Pick<ApiContext, 'config' | 'clock' | 'database'>;

/** How a person stands to a room; undefined if there is none that they may know of. */
async function standing(query: Query, actor: Actor, roomId: string): Promise<{ isOwner: boolean } | undefined> {
  const room = await query
    .selectFrom('rooms')
    .leftJoin('memberships', (join) =>
      join.onRef('memberships.room_id', '=', 'rooms.id').on('memberships.user_id', '=', actor.userId),
    )
    .select(['rooms.is_private', 'memberships.role'])
    .where('rooms.id', '=', roomId)
    .executeTakeFirst();
  if (room === undefined) return undefined;
  const mayKnow = mayNameRoom(actor, { isPrivate: room.is_private === 1, isMember: room.role !== null });
  return mayKnow ? { isOwner: room.role === 'owner' } : undefined;
}

/** Makes an invitation: an expiring link that makes one account, and a member of one room if it names one. */
export function invite(ports: Ports, actor: Actor, wanted: WantedInvitation): Promise<Invited> {
  return ports.database.transact(async (query) => {
    const room = wanted.roomId === undefined ? null : await standing(query, actor, wanted.roomId);
    if (room === undefined) return { ok: false, problem: 'not_found' };
    if (!mayInvite(actor, { role: wanted.role, room })) return { ok: false, problem: 'auth.forbidden' };
    const { token, hash } = makeOneTimeToken('invitation');
    const now = ports.clock.now();
    const row = {
      id: uuidv7(),
      role: wanted.role,
      room_id: wanted.roomId ?? null,
      expires_at: now + wanted.expiresInSeconds * 1_000,
    };
    await query
      .insertInto('invitations')
      .values({
        ...row,
        kind: 'invitation',
        secret_hash: hash,
        invited_by: actor.userId,
        used_at: null,
        used_by: null,
        created_at: now,
      })
      .execute();
    const invitation = {
      id: row.id,
      url: `${ports.config.publicUrl}/join#${token}`,
      role: row.role,
      roomId: row.room_id,
      expiresAt: new Date(row.expires_at).toISOString(),
    };
    return { ok: true, invitation };
  });
}

/** What an invitation offers; undefined if it has expired, was used or never was. */
export async function lookUpInvitation(ports: Ports, token: string): Promise<InvitationOffer | undefined> {
  const query = ports.database.read;
  const found = await findOneTimeToken(query, { kind: 'invitation', token, now: ports.clock.now() });
  if (found === undefined) return undefined;
  const inviter = query
    .selectFrom('users')
    .select('name')
    .where('id', '=', found.invited_by ?? '');
  const room = await query
    .selectFrom('rooms')
    .select(['id', 'name'])
    .where('id', '=', found.room_id ?? '')
    .executeTakeFirst();
  return {
    invitedBy: (await inviter.executeTakeFirst())?.name ?? '',
    role: found.role,
    roomId: room?.id ?? null,
    roomName: room?.name ?? null,
    expiresAt: new Date(found.expires_at).toISOString(),
  };
}
