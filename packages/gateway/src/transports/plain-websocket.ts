// Decides how clients without an SDK join one room by token, and what happens to the text that they send (docs/plain-websocket.md).
import { type Command, disconnects } from '@parley/protocol';
import { logRefusedToken } from '../commands/authenticate.ts';
import { connect } from '../commands/connect.ts';
import { endOfRefused } from '../commands/refused-connect.ts';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { background } from '../log.ts';
import { nextTurn } from '../next-turn.ts';
import { disconnect } from '../operations/disconnect.ts';
import { publish } from '../operations/publish.ts';
import { isDataAllowed } from '../permissions.ts';
import type { ConnectionGrant } from '../token-gate.ts';
import { Message } from '../hub/message.ts';
import { mistakeText, plainFormat, readText } from './plain-text.ts';
import type { DoorPorts } from './ports.ts';
import { noMoreConnections, originRefused, refuseUpgrade, type UpgradeRefusal } from './upgrade-refusal.ts';
import type { UpgradeDoor, UpgradeRequest } from './websocket.ts';
import { compressionOf, createUpgrade, type Upgrade } from './websocket-server.ts';
import { openSocket, type SocketKind, type WebSocketTransport } from './websocket-transport.ts';

/** Makes the door for `/ws`: the token comes as the second of the subprotocols `bearer, <token>` and names the room. */
export function createPlainWebSocketDoor(ports: DoorPorts): UpgradeDoor {
  const { doors, origins, context } = ports;
  const settings = context.config.plain_websocket;
  const upgradeTo = createUpgrade(settings, () => 'bearer');
  const rooms = new WeakMap<WebSocketTransport, string>();
  const shared = {
    name: 'plain_websocket',
    isUnidirectional: true,
    pingsItself: true,
    usesPingFrames: true,
    writeTimeoutMs: settings.write_timeout,
    endsWithPush: false,
    endsWithFrame: true,
    ports,
    receive(connection: WebSocketTransport, text: Buffer) {
      const room = rooms.get(connection);
      if (room !== undefined) hear(context, connection, { room, text });
    },
  };
  const kinds: Record<'plain' | 'compressed', SocketKind> = {
    plain: { ...shared, format: plainFormat(undefined) },
    compressed: { ...shared, format: plainFormat(compressionOf(settings)) },
  };
  return (upgrade) => {
    const { request, socket } = upgrade;
    if (!origins.isAllowed(request)) return refuseUpgrade(socket, originRefused);
    if (!doors.admit()) return refuseUpgrade(socket, noMoreConnections);
    const token = presentedToken(upgrade);
    if (token === undefined) return refuseUpgrade(socket, noToken);
    return background(context.log, enter(context, { upgrade, token, upgradeTo, kinds, rooms }));
  };
}

const noToken: UpgradeRefusal = {
  status: '401 Unauthorized',
  text: 'offer the subprotocols "bearer" and your token',
  headers: ['WWW-Authenticate: Bearer'],
};
const badToken: UpgradeRefusal = {
  status: '401 Unauthorized',
  text: 'the token is not valid (any more)',
  headers: ['WWW-Authenticate: Bearer error="invalid_token"'],
};
const unknownToken: UpgradeRefusal = {
  status: '503 Service Unavailable',
  text: 'the token cannot be checked now; try again',
  headers: ['Retry-After: 1'],
};
const noRoom: UpgradeRefusal = { status: '403 Forbidden', text: 'the token names no room that exists here' };

function presentedToken({ request }: UpgradeRequest): string | undefined {
  const [scheme, token, ...others] = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  return scheme?.trim() === 'bearer' && others.length === 0 ? token?.trim() || undefined : undefined;
}

interface Entering {
  readonly upgrade: UpgradeRequest;
  readonly token: string;
  readonly upgradeTo: Upgrade;
  readonly kinds: Record<'plain' | 'compressed', SocketKind>;
  readonly rooms: WeakMap<WebSocketTransport, string>;
}

async function enter(context: GatewayContext, { upgrade, token, upgradeTo, kinds, rooms }: Entering): Promise<void> {
  const { request, socket } = upgrade;
  // While the token is judged nobody else listens.
  socket.on('error', () => socket.destroy());
  const ip = request.socket.remoteAddress;
  const answer = await context.tokens.connection(token);
  if (!answer.ok) {
    logRefusedToken(context, { transport: 'plain_websocket', ip }, answer);
    return refuseUpgrade(socket, answer.problem === 'unavailable' ? unknownToken : badToken);
  }
  const { room } = answer.claims;
  if (room === undefined || context.namespaces(room)?.isNameValid !== true) return refuseUpgrade(socket, noRoom);
  return upgradeTo(upgrade, (ws, { isCompressed }) => {
    const connection = openSocket(ws, upgrade, kinds[isCompressed ? 'compressed' : 'plain']);
    rooms.set(connection, room);
    context.log.info({ client: connection.session.clientId, user: answer.claims.user, room, ip }, 'room entered');
    // What is sent before the room is joined waits in the network.
    connection.pause();
    background(context.log, join(context, connection, { token, grant: answer.claims, room }));
  });
}

interface Joining {
  readonly token: string;
  readonly grant: ConnectionGrant;
  readonly room: string;
}

async function join(
  context: GatewayContext,
  connection: WebSocketTransport,
  { token, grant, room }: Joining,
): Promise<void> {
  const { session } = connection;
  // The token was judged at the door. Of its channels only the room counts here, where nothing says what a text belongs to.
  const { channels: _channels, subs: _subs, ...rest } = grant;
  const judged = { ok: true, claims: { ...rest, channels: [room] } } as const;
  const tokens = { ...context.tokens, connection: () => judged };
  try {
    const outcome = await connect({ ...context, tokens }, session, {
      token,
      name: '',
      version: '',
      data: undefined,
      headers: undefined,
      subs: new Map(),
    });
    if (outcome.ok && outcome.isVoid?.() === true) await disconnect(context, session, disconnects.insufficientState);
    else if (outcome.ok) await outcome.after?.();
    else await disconnect(context, session, endOfRefused(context, session, outcome));
  } catch (error) {
    context.log.error({ err: error, client: session.clientId }, 'connect failed');
    await disconnect(context, session, disconnects.internal);
  }
  connection.resume();
}

interface Heard {
  readonly room: string;
  readonly text: Buffer;
}

/** Texts of one client are published one after another. */
function hear(context: GatewayContext, connection: WebSocketTransport, { room, text }: Heard): void {
  const { inbox } = connection.session;
  if (text.length === 0) return;
  if (inbox.add(text)) background(context.log, publishAll(context, connection, room));
  else if (inbox.isFull) connection.pause();
}

async function publishAll(context: GatewayContext, connection: WebSocketTransport, room: string): Promise<void> {
  const { session } = connection;
  let handled = 0;
  for (let text = session.inbox.next(); text !== undefined; text = session.inbox.next()) {
    handled += 1;
    if (handled % limits.maxCommandsPerTurn === 0) await nextTurn();
    const mistake = await publishText(context, connection, { room, text }).catch((error: unknown) => {
      context.log.error({ err: error, client: session.clientId }, 'publishing a text failed');
      return 'the text could not be published; try again';
    });
    if (mistake !== undefined) session.push(new Message(mistakeText(mistake)));
    if (!session.inbox.isFull) connection.resume();
  }
}

/** A text as rate limits see it. */
function publishTo(channel: string): Command {
  return { id: 0, name: 'publish', request: { channel, data: undefined, type: 0, key: '', removed: false } };
}

/** @returns what was wrong with the text */
async function publishText(
  context: GatewayContext,
  { session }: WebSocketTransport,
  { room, text }: Heard,
): Promise<string | undefined> {
  const rules = context.namespaces(room);
  if (session.phase.name !== 'connected' || rules === undefined) return undefined;
  const subscription = session.subscriptions.get(room);
  if (subscription?.isLive !== true) return 'you are not in the room any more';
  const { user } = session.phase;
  if (context.rateLimits?.allows(session, user, publishTo(room)) === false) {
    context.metrics.store.count('parley_rate_limited_total', 'publish');
    return 'too many texts in a short time; wait a little';
  }
  const said = readText(text, user);
  if (!said.ok) return said.mistake;
  if (!isDataAllowed(rules, said.data)) return 'the room does not take this kind of text';
  const publication = { data: said.data, info: session.clientInfo(session.phase, subscription) };
  await publish(context, { channel: room, rules, publication, skipHistory: said.isPassing });
  return undefined;
}
