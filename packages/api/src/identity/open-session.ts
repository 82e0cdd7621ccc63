// Decides what a client gets when a session begins or goes on: an access token, a refresh token, the person.
import type { ClientKind, SessionTokens } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { presentUser } from './accounts.ts';
import { newDeviceId } from './devices.ts';
import { mailNewDevice } from './new-device-mail.ts';
import { startSession, type AuthenticationMethod, type EndedSession } from './sessions.ts';

/** A session as its client gets it; `evicted` are sessions that made room, to be announced after the commit. */
export interface Opened {
  user: UserRow;
  client: ClientKind;
  sessionId: string;
  refreshToken: string;
  evicted: EndedSession[];
  /** The device that it began on; its token makes it known from now on. */
  deviceId: string;
}

/** Whose session begins, in which client, and how they proved who they are. */
export interface WantedSession {
  user: UserRow;
  client: ClientKind;
  requester: Requester;
  methods: readonly AuthenticationMethod[];
  /** The device, if it is known to the person already; otherwise it gets an id. */
  deviceId?: string | undefined;
}

/** Begins a session for a person, in the transaction that proved who they are; a mail tells of a new device. */
export async function openSession(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock' | 'audit' | 'mailer'>,
  wanted: WantedSession,
): Promise<Opened> {
  const { user, client, requester } = wanted;
  const deviceId = wanted.deviceId ?? newDeviceId();
  const started = await startSession(query, ports, { ...wanted, deviceId });
  await ports.audit.record(query, {
    name: 'session.created',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    sessionId: started.sessionId,
    details: { client, methods: wanted.methods.join(' ') },
  });
  for (const evicted of started.evicted)
    await ports.audit.record(query, {
      name: 'session.limit_evicted',
      outcome: 'success',
      requester,
      subjectId: user.id,
      sessionId: evicted.sessionId,
    });
  await ports.audit.record(query, {
    name: wanted.deviceId === undefined ? 'device.new' : 'device.recognised',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    sessionId: started.sessionId,
  });
  if (wanted.deviceId === undefined)
    await mailNewDevice(query, ports, { user, requester, sessionId: started.sessionId });
  return { user, client, deviceId, ...started };
}

/** The body for a session's client. The refresh token is in it for native clients only. */
export function sessionTokens(
  ports: Pick<ApiContext, 'config' | 'issuer'>,
  session: Omit<Opened, 'evicted' | 'deviceId'>,
): SessionTokens {
  const { user, client, sessionId, refreshToken } = session;
  const { accessTokenLife } = ports.config;
  const accessToken = ports.issuer.access(
    { sub: user.id, sid: sessionId, uv: user.epoch, role: user.role, scope: '', client_id: client, name: user.name },
    accessTokenLife,
  );
  const forNative = client === 'native' ? { refreshToken } : {};
  return { accessToken, expiresIn: accessTokenLife, ...forNative, user: presentUser(user) };
}
