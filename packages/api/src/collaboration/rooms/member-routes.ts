// Decides the endpoints of a room's members.
import { Cursor, Id, Limit, Member, MemberAdd, MemberPage } from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../../http/api-app.ts';
import { actorOf } from '../../http/gate.ts';
import { problem } from '../../http/problems.ts';
import type { CollaborationPorts } from '../ports.ts';
import { addMember } from './add-member.ts';
import { removeMember } from './leave.ts';
import { listRoomMembers } from './members.ts';

const ById = z.object({ id: Id });
const ByMember = z.object({ id: Id, userId: Id });
const MemberQuery = z.strictObject({ limit: Limit, after: Cursor.optional() });
const Nothing = z.undefined().meta({ description: 'no body' });

/** Adds the endpoints of members. */
export function registerMemberRoutes(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['members'];
  app.get(
    '/v1/rooms/:id/members',
    {
      config: { right: 'rooms:read' },
      schema: { tags, params: ById, querystring: MemberQuery, response: { 200: MemberPage } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const listed = await listRoomMembers(ports, visit, request.query);
      return listed.ok ? listed.page : problem(reply, listed.problem);
    },
  );
  app.put(
    '/v1/rooms/:id/members/:userId',
    {
      config: { right: 'rooms:write' },
      schema: { tags, params: ByMember, body: MemberAdd, response: { 200: Member } },
    },
    async (request, reply) => {
      const { id, userId } = request.params;
      const visit = { actor: actorOf(request), roomId: id };
      const added = await addMember(ports, visit, { userId, role: request.body.role });
      return added.ok ? added.member : problem(reply, added.problem);
    },
  );
  app.delete(
    '/v1/rooms/:id/members/:userId',
    { config: { right: 'rooms:write' }, schema: { tags, params: ByMember, response: { 204: Nothing } } },
    async (request, reply) => {
      const { id, userId } = request.params;
      const removed = await removeMember(ports, { actor: actorOf(request), roomId: id }, userId);
      return removed.ok ? reply.code(204).send() : problem(reply, removed.problem);
    },
  );
}
