// Decides how unidirectional WebSocket connections begin and end: one connect request, then pushes only.
import { unidirectionalJsonCodec } from '@parley/protocol';
import { receive } from '../commands/dispatch.ts';
import type { DoorPorts } from './ports.ts';
import { noMoreConnections, originRefused, refuseUpgrade } from './upgrade-refusal.ts';
import type { UpgradeDoor } from './websocket.ts';
import { webSocketFormat } from './websocket-frames.ts';
import { compressionOf, createUpgrade } from './websocket-server.ts';
import { openSocket, type SocketKind, type WebSocketTransport } from './websocket-transport.ts';

/** Makes the door for `/connection/uni_websocket`. The connect request comes in `cf_connect` or as the first message. */
export function createUniWebSocketDoor(ports: DoorPorts): UpgradeDoor {
  const { doors, origins, context } = ports;
  const settings = context.config.uni_websocket;
  const upgradeTo = createUpgrade(settings, () => false);
  const kinds = { plain: createKind(ports, false), compressed: createKind(ports, true) };
  return ({ request, socket, head, query }) => {
    const connect = query.get('cf_connect');
    if (!origins.isAllowed(request)) return refuseUpgrade(socket, originRefused);
    if (connect !== null && !isConnectRequest(connect)) {
      return refuseUpgrade(socket, { status: '400 Bad Request', text: 'cf_connect is not a connect request' });
    }
    if (!doors.admit()) return refuseUpgrade(socket, noMoreConnections);
    return upgradeTo({ request, socket, head }, (ws, { isCompressed }) => {
      const kind = kinds[isCompressed ? 'compressed' : 'plain'];
      const connection = openSocket(ws, { request, socket }, kind);
      if (connect !== null) kind.receive(connection, Buffer.from(connect));
    });
  };
}

/** Whether a text is a connect request as unidirectional connections send it. */
export function isConnectRequest(text: string): boolean {
  for (const { name } of unidirectionalJsonCodec.decode(Buffer.from(text))) return name === 'connect';
  return false;
}

function createKind(ports: DoorPorts, isCompressed: boolean): SocketKind {
  const { context } = ports;
  const settings = context.config.uni_websocket;
  return {
    name: 'uni_websocket',
    format: webSocketFormat({
      codec: unidirectionalJsonCodec,
      joins: settings.join_push_messages,
      compression: isCompressed ? compressionOf(settings) : undefined,
    }),
    isUnidirectional: true,
    pingsItself: false,
    usesPingFrames: true,
    writeTimeoutMs: settings.write_timeout,
    endsWithPush: !settings.disable_disconnect_push,
    endsWithFrame: !settings.disable_closing_handshake,
    ports,
    receive(connection: WebSocketTransport, message) {
      if (connection.isDeaf) return;
      connection.isDeaf = true;
      receive(context, connection.session, message);
    },
  };
}
