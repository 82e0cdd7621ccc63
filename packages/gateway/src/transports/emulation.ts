// Decides how frames of streaming connections come in, in requests of their own, and find their connection.
import { isUtf8 } from 'node:buffer';
import { disconnects, readProtobufEmulation } from '@parley/protocol';
import { receive } from '../commands/dispatch.ts';
import type { GatewayContext } from '../context.ts';
import type { NodeCalls } from '../engine/nodes.ts';
import { background } from '../log.ts';
import { disconnect } from '../operations/disconnect.ts';
import { readBody } from '../request-body.ts';
import { answer, guard, type HttpDoor, type HttpRequest, isProtobuf, tooLarge } from './http-answers.ts';
import type { DoorPorts } from './ports.ts';

/** Makes the door for `/emulation`. The session is the secret: nothing else is asked. */
export function createEmulationDoor(ports: DoorPorts): HttpDoor {
  return guard(ports.origins, ['POST'], (http) => background(ports.context.log, serve(ports, http)));
}

async function serve({ context, origins }: DoorPorts, http: HttpRequest): Promise<void> {
  const { max_request_body_size: max } = context.config.emulation;
  const body = await readBody(http.request, max);
  if (body === 'gone') return;
  if (body === 'too large') return answer(origins, http, tooLarge(max, 'emulation.max_request_body_size'));
  const decoded = isProtobuf(http.request) ? readProtobufEmulation(body) : readJsonEmulation(body);
  if (decoded === undefined) return answer(origins, http, { status: 400, text: 'that is no emulation request\n' });
  try {
    const { node, session, frame } = decoded;
    const done = await context.nodes.one(node, 'emulate', { session, frame });
    answer(origins, http, done === undefined ? { status: 404, text: 'no such node\n' } : { status: 204 });
  } catch (error) {
    context.log.error({ err: error }, 'emulation failed');
    answer(origins, http, { status: 500, text: 'the node could not be reached\n' });
  }
}

/**
 * Gives a frame to a connection of this node. That there is no such connection any more is no failure: the client will notice. One with
 * more waiting than it may have ends with 3013.
 */
export async function receiveEmulated(
  context: GatewayContext,
  { session: sessionId, frame }: NodeCalls['emulate']['params'],
): Promise<void> {
  const session = context.connections.ofSession(sessionId);
  if (session === undefined || session.transport.isUnidirectional) return;
  if (session.inbox.isFull) await disconnect(context, session, disconnects.tooManyRequests);
  else receive(context, session, Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
}

/** JSON has the frame as text. */
function readJsonEmulation(body: Buffer): ReturnType<typeof readProtobufEmulation> {
  if (!isUtf8(body)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    // That it is no JSON is all there is to say; its text may hold the session id.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { node, session, data }: { node?: unknown; session?: unknown; data?: unknown } = parsed;
  if (typeof node !== 'string' || typeof session !== 'string' || typeof data !== 'string') return undefined;
  return { node, session, frame: Buffer.from(data) };
}
