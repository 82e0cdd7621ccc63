// Decides the endpoints of rooms: listing, making, changing, coming, going, reading, typing.
import {
  Cursor,
  Id,
  Limit,
  Membership,
  ReadPointer,
  Room,
  RoomCreate,
  RoomPage,
  RoomPatch,
  Typing,
} from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../../http/api-app.ts';
import { actorOf } from '../../http/gate.ts';
import { problem } from '../../http/problems.ts';
import type { CollaborationPorts } from '../ports.ts';
import { changeRoom } from './change.ts';
import { createRoom } from './create.ts';
import { joinRoom } from './join.ts';
import { leaveRoom } from './leave.ts';
import { getRoom, listRooms } from './list.ts';
import { markRead } from './mark-read.ts';
import { tellTyping } from './typing.ts';

const ById = z.object({ id: Id });
const RoomQuery = z.strictObject({
  scope: z.enum(['mine', 'public']).default('mine'),
  limit: Limit,
  after: Cursor.optional(),
});
const Nothing = z.undefined().meta({ description: 'no body' });

/** Adds the endpoints of rooms. */
export function registerRoomRoutes(app: ApiApp, ports: CollaborationPorts): void {
  registerDirectory(app, ports);
  registerComingAndGoing(app, ports);
  registerSignals(app, ports);
}

function registerDirectory(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['rooms'];
  app.get(
    '/v1/rooms',
    { config: { right: 'rooms:read' }, schema: { tags, querystring: RoomQuery, response: { 200: RoomPage } } },
    async (request, reply) => {
      const listed = await listRooms(ports, actorOf(request), request.query);
      return listed.ok ? listed.page : problem(reply, listed.problem);
    },
  );
  app.post(
    '/v1/rooms',
    { config: { right: 'rooms:write' }, schema: { tags, body: RoomCreate, response: { 201: Room } } },
    async (request, reply) => {
      const room = await createRoom(ports, actorOf(request), request.body);
      return reply.code(201).header('location', `/v1/rooms/${room.id}`).send(room);
    },
  );
  app.get(
    '/v1/rooms/:id',
    { config: { right: 'rooms:read' }, schema: { tags, params: ById, response: { 200: Room } } },
    async (request, reply) => {
      const found = await getRoom(ports, { actor: actorOf(request), roomId: request.params.id });
      return found.ok ? found.room : problem(reply, found.problem);
    },
  );
  app.patch(
    '/v1/rooms/:id',
    { config: { right: 'rooms:write' }, schema: { tags, params: ById, body: RoomPatch, response: { 200: Room } } },
    async (request, reply) => {
      const { name, topic } = request.body;
      const change = { ...(name === undefined ? {} : { name }), ...(topic === undefined ? {} : { topic }) };
      const changed = await changeRoom(ports, { actor: actorOf(request), roomId: request.params.id }, change);
      return changed.ok ? changed.room : problem(reply, changed.problem);
    },
  );
}

function registerComingAndGoing(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['rooms'];
  app.post(
    '/v1/rooms/:id/join',
    { config: { right: 'rooms:write' }, schema: { tags, params: ById, response: { 200: Room } } },
    async (request, reply) => {
      const joined = await joinRoom(ports, { actor: actorOf(request), roomId: request.params.id });
      return joined.ok ? joined.room : problem(reply, joined.problem);
    },
  );
  app.post(
    '/v1/rooms/:id/leave',
    { config: { right: 'rooms:write' }, schema: { tags, params: ById, response: { 204: Nothing } } },
    async (request, reply) => {
      const left = await leaveRoom(ports, { actor: actorOf(request), roomId: request.params.id });
      return left.ok ? reply.code(204).send() : problem(reply, left.problem);
    },
  );
}

function registerSignals(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['rooms'];
  app.put(
    '/v1/rooms/:id/read',
    {
      config: { right: 'messages:write' },
      schema: { tags, params: ById, body: ReadPointer, response: { 200: Membership } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const marked = await markRead(ports, visit, request.body.seq);
      return marked.ok ? marked.membership : problem(reply, marked.problem);
    },
  );
  app.post(
    '/v1/rooms/:id/typing',
    {
      config: { right: 'messages:write', rate: 'typing-user', idempotency: 'off' },
      schema: { tags, params: ById, body: Typing, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const told = await tellTyping(ports, visit, request.body.state);
      return told.ok ? reply.code(204).send() : problem(reply, told.problem);
    },
  );
}
