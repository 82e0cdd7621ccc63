// Decides which upgrades become connections of the client protocol, and in which encoding they speak.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { jsonCodec, protobufCodec } from '@parley/protocol';
import { receive } from '../commands/dispatch.ts';
import type { WireFormat } from '../hub/message.ts';
import type { DoorPorts } from './ports.ts';
import { noMoreConnections, originRefused, refuseUpgrade } from './upgrade-refusal.ts';
import { type FrameOptions, jsonOverWebSocket, protobufOverWebSocket, webSocketFormat } from './websocket-frames.ts';
import { compressionOf, createUpgrade } from './websocket-server.ts';
import { openSocket, type SocketKind } from './websocket-transport.ts';

/** An upgrade request with its path and query. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly query: URLSearchParams;
}

/** Takes an upgrade request that is for its path. */
export type UpgradeDoor = (upgrade: UpgradeRequest) => void;

/** Makes the door for `/connection/websocket`. */
export function createWebSocketDoor(ports: DoorPorts): UpgradeDoor {
  const { doors, origins, context } = ports;
  const upgradeTo = createUpgrade(context.config.websocket, chooseProtocol);
  const kindOf = createKinds(ports);
  return ({ request, socket, head, query }) => {
    if (!origins.isAllowed(request)) return refuseUpgrade(socket, originRefused);
    if (!doors.admit()) return refuseUpgrade(socket, noMoreConnections);
    return upgradeTo({ request, socket, head }, (ws, { protocol, isCompressed }) => {
      const isProtobuf =
        protocol === 'centrifuge-protobuf' ||
        query.get('format') === 'protobuf' ||
        query.get('cf_protocol') === 'protobuf';
      const usesPingFrames = query.get('cf_ws_frame_ping_pong') === 'true';
      openSocket(ws, { request, socket }, kindOf({ isProtobuf, isCompressed, usesPingFrames }));
    });
  };
}

function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return ['centrifuge-json', 'centrifuge-protobuf'].find((name) => offered.has(name)) ?? false;
}

interface Choice {
  readonly isProtobuf: boolean;
  readonly isCompressed: boolean;
  readonly usesPingFrames: boolean;
}

/** The kinds of bidirectional connections. Each is made once, and so are the formats, which are compared by identity. */
function createKinds(ports: DoorPorts): (choice: Choice) => SocketKind {
  const { websocket } = ports.context.config;
  const formats = {
    plain: { json: jsonOverWebSocket, protobuf: protobufOverWebSocket },
    compressed: createFormats({ joins: true, compression: compressionOf(websocket) }),
  };
  const kinds = new Map<string, SocketKind>();
  return ({ isProtobuf, isCompressed, usesPingFrames }) => {
    const key = `${isProtobuf} ${isCompressed} ${usesPingFrames}`;
    const known = kinds.get(key);
    if (known !== undefined) return known;
    const made: SocketKind = {
      name: 'websocket',
      format: formats[isCompressed ? 'compressed' : 'plain'][isProtobuf ? 'protobuf' : 'json'],
      isUnidirectional: false,
      pingsItself: usesPingFrames,
      usesPingFrames,
      writeTimeoutMs: websocket.write_timeout,
      endsWithPush: false,
      endsWithFrame: true,
      ports,
      receive: ({ session }, message) => receive(ports.context, session, message),
    };
    kinds.set(key, made);
    return made;
  };
}

function createFormats(options: Omit<FrameOptions, 'codec'>): Record<'json' | 'protobuf', WireFormat> {
  return {
    json: webSocketFormat({ codec: jsonCodec, ...options }),
    protobuf: webSocketFormat({ codec: protobufCodec, ...options }),
  };
}
