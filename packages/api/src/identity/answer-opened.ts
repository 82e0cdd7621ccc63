// Decides what the answer to a beginning session carries besides its body, whichever way the person proved who they are.
import type { SessionTokens } from '@parley/contract';
import type { FastifyReply } from 'fastify';
import { keepRefreshCookie } from './cookies.ts';
import { DEVICE_HEADER, keepDeviceCookie, printDevice } from './devices.ts';
import { sessionTokens, type Opened } from './open-session.ts';
import type { IdentityPorts } from './ports.ts';
import { announceEnded } from './sessions.ts';

/**
 * Prepares the answer of a new session, after its commit: its cookie or its refresh token, the token that makes its
 * device known, and what had to make room.
 *
 * @returns the body to send
 */
export function answerOpened(reply: FastifyReply, ports: IdentityPorts, opened: Opened): SessionTokens {
  const { user, sessionId: sid, client } = opened;
  const { log, source } = reply.request;
  log.info({ event: 'session.created', userId: user.id, sid, client, source }, 'session created');
  announceEnded(ports, opened.evicted);
  const device = { deviceId: opened.deviceId, userId: user.id, deviceEpoch: user.device_epoch };
  const deviceToken = printDevice(ports, device);
  if (opened.client === 'web') {
    reply.header('set-cookie', keepRefreshCookie(ports.config, opened.refreshToken));
    reply.header('set-cookie', keepDeviceCookie(ports.config, deviceToken));
  } else reply.header(DEVICE_HEADER, deviceToken);
  return sessionTokens(ports, opened);
}
