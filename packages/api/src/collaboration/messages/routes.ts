// Decides the endpoints of messages: sending, paging, editing, deleting, catching up.
import {
  Changes,
  ChangesQuery,
  Id,
  Message,
  MessageEdit,
  MessagePage,
  MessageQuery,
  MessageSend,
} from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../../http/api-app.ts';
import { actorOf } from '../../http/gate.ts';
import { problem } from '../../http/problems.ts';
import type { CollaborationPorts } from '../ports.ts';
import { readChanges } from './changes.ts';
import { pageMessages } from './page.ts';
import { deleteMessage, editMessage } from './rewrite.ts';
import { sendMessage } from './send.ts';

const ById = z.object({ id: Id });
const ByMessage = z.object({ id: Id, messageId: Id });

/** Adds the endpoints of messages. */
export function registerMessageRoutes(app: ApiApp, ports: CollaborationPorts): void {
  registerReading(app, ports);
  registerWriting(app, ports);
}

function registerReading(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['messages'];
  app.get(
    '/v1/rooms/:id/messages',
    {
      config: { right: 'rooms:read' },
      schema: { tags, params: ById, querystring: MessageQuery, response: { 200: MessagePage } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const paged = await pageMessages(ports, visit, request.query);
      return paged.ok ? paged.page : problem(reply, paged.problem);
    },
  );
  app.get(
    '/v1/rooms/:id/changes',
    {
      config: { right: 'rooms:read' },
      schema: { tags, params: ById, querystring: ChangesQuery, response: { 200: Changes } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const read = await readChanges(ports, visit, request.query);
      return read.ok ? read.changes : problem(reply, read.problem);
    },
  );
}

function registerWriting(app: ApiApp, ports: CollaborationPorts): void {
  const tags = ['messages'];
  app.post(
    '/v1/rooms/:id/messages',
    {
      config: { right: 'messages:write', rate: 'messages-user' },
      schema: { tags, params: ById, body: MessageSend, response: { 200: Message, 201: Message } },
    },
    async (request, reply) => {
      const visit = { actor: actorOf(request), roomId: request.params.id };
      const sent = await sendMessage(ports, visit, request.body);
      return sent.ok ? reply.code(sent.isNew ? 201 : 200).send(sent.message) : problem(reply, sent.problem);
    },
  );
  app.patch(
    '/v1/rooms/:id/messages/:messageId',
    {
      config: { right: 'messages:write', rate: 'messages-user' },
      schema: { tags, params: ByMessage, body: MessageEdit, response: { 200: Message } },
    },
    async (request, reply) => {
      const { id, messageId } = request.params;
      const edited = await editMessage(ports, { actor: actorOf(request), roomId: id, messageId }, request.body.text);
      return edited.ok ? edited.message : problem(reply, edited.problem);
    },
  );
  app.delete(
    '/v1/rooms/:id/messages/:messageId',
    {
      config: { right: 'messages:write', rate: 'messages-user' },
      schema: { tags, params: ByMessage, response: { 200: Message } },
    },
    async (request, reply) => {
      const { id, messageId } = request.params;
      const deleted = await deleteMessage(ports, { actor: actorOf(request), roomId: id, messageId });
      return deleted.ok ? deleted.message : problem(reply, deleted.problem);
    },
  );
}
