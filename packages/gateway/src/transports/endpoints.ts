// Decides which path is which door; the only place that asks whether a transport is switched on.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Admission } from './admission.ts';
import { createEmulationDoor } from './emulation.ts';
import { answer, guard, type HttpDoor } from './http-answers.ts';
import { createPlainWebSocketDoor } from './plain-websocket.ts';
import type { DoorPorts } from './ports.ts';
import { createHttpStreamDoor, createSseDoor, createUniHttpStreamDoor, createUniSseDoor } from './streams.ts';
import { noMoreConnections, refuseUpgrade } from './upgrade-refusal.ts';
import { createUniWebSocketDoor } from './uni-websocket.ts';
import { createWebSocketDoor, type UpgradeDoor } from './websocket.ts';

/** All doors for clients. False: not for one of their paths; nothing was done. */
export interface Endpoints {
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  readonly handleRequest: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Makes the doors that the configuration switches on, at the paths that it gives them. */
export function createEndpoints(ports: DoorPorts): Endpoints {
  const upgrades = upgradeDoors(ports);
  const admission = new Admission();
  const requests = requestDoors(ports, upgrades.keys());
  return {
    handleUpgrade(request, socket, head) {
      const { path, query } = readTarget(request);
      const door = upgrades.get(path);
      if (door === undefined) return false;
      const isAdmitted = admission.pass(socket, () =>
        door({ request, socket, head, query: new URLSearchParams(query) }),
      );
      if (!isAdmitted) refuseUpgrade(socket, noMoreConnections);
      return true;
    },
    handleRequest(request, response) {
      const { path, query } = readTarget(request);
      const door = requests.get(path);
      if (door === undefined) return false;
      door({ request, response, query: new URLSearchParams(query) });
      return true;
    },
  };
}

// Not `new URL`: it throws on what a stranger may send as a path.
function readTarget({ url = '' }: IncomingMessage): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function upgradeDoors(ports: DoorPorts): Map<string, UpgradeDoor> {
  const { websocket, uni_websocket: uni, plain_websocket: plain } = ports.context.config;
  const doors = new Map<string, UpgradeDoor>();
  if (!websocket.disabled) doors.set(websocket.handler_prefix, createWebSocketDoor(ports));
  if (uni.enabled) doors.set(uni.handler_prefix, createUniWebSocketDoor(ports));
  if (plain.enabled) doors.set(plain.handler_prefix, createPlainWebSocketDoor(ports));
  return doors;
}

function requestDoors(ports: DoorPorts, upgradePaths: Iterable<string>): Map<string, HttpDoor> {
  const { config } = ports.context;
  const doors = new Map<string, HttpDoor>();
  for (const path of upgradePaths) doors.set(path, upgradeRequired(ports));
  if (config.http_stream.enabled) doors.set(config.http_stream.handler_prefix, createHttpStreamDoor(ports));
  if (config.sse.enabled) doors.set(config.sse.handler_prefix, createSseDoor(ports));
  if (config.http_stream.enabled || config.sse.enabled) {
    doors.set(config.emulation.handler_prefix, createEmulationDoor(ports));
  }
  if (config.uni_http_stream.enabled) doors.set(config.uni_http_stream.handler_prefix, createUniHttpStreamDoor(ports));
  if (config.uni_sse.enabled) doors.set(config.uni_sse.handler_prefix, createUniSseDoor(ports));
  if (config.init.enabled) doors.set(config.init.handler_prefix, initDoor(ports));
  return doors;
}

function upgradeRequired({ origins }: DoorPorts): HttpDoor {
  return guard(origins, ['GET'], (http) => {
    // HTTP/2 has no such header.
    const headers = http.request.httpVersionMajor > 1 ? {} : { Upgrade: 'websocket' };
    answer(origins, http, { status: 426, text: 'this address speaks WebSocket only\n', headers });
  });
}

function initDoor({ origins }: DoorPorts): HttpDoor {
  return guard(origins, ['GET'], (http) => answer(origins, http, { status: 200, json: '{}' }));
}
