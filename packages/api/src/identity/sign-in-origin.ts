// Decides what is known of where a sign-in comes from, when something else than a password proves the person.
import type { FastifyRequest } from 'fastify';
import type { Requester } from '../audit/ports.ts';
import type { UserRow } from '../db/schema.ts';
import { requesterOf } from '../http/requester.ts';
import { isKnownTo, readDevice, type PresentedDevice } from './devices.ts';
import type { IdentityPorts } from './ports.ts';

/** Where a sign-in comes from. */
export interface SignInOrigin {
  requester: Requester;
  device: PresentedDevice | undefined;
}

/** The origin of a request. */
export function originOf(
  ports: Pick<IdentityPorts, 'secretKeys' | 'clock' | 'config'>,
  request: FastifyRequest,
): SignInOrigin {
  return { requester: requesterOf(request), device: readDevice(ports, request.raw.rawHeaders) };
}

/** The device of a sign-in, if the person knows it; otherwise it becomes known as a new one. */
export function deviceIdOf({ device }: SignInOrigin, user: UserRow): string | undefined {
  return device !== undefined && isKnownTo(user, device) ? device.deviceId : undefined;
}
