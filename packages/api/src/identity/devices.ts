// Decides which devices are known: those that a person has signed in from, by a token that only this server can make.
import { randomBytes } from 'node:crypto';
import type { SecretKeys } from '@parley/tokens';
import type { ApiConfig } from '../config.ts';
import type { Clock } from '../context.ts';
import type { Query } from '../db/database.ts';
import type { UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { readCookie } from '../http/read-cookie.ts';
import { isSeal, seal } from './sealed-names.ts';

/** The header that carries the device token of native clients, both ways. Browsers have it in a cookie. */
export const DEVICE_HEADER = 'x-parley-device';

/** A device that was vouched for at an earlier sign-in, as its token says; the account is not looked at yet. */
export interface PresentedDevice {
  deviceId: string;
  userId: string;
  deviceEpoch: number;
}

interface Ports {
  secretKeys: Pick<SecretKeys, 'current' | 'find'>;
  clock: Clock;
}

const TOKEN =
  /^(dev_([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{1,64})\.(\d{1,15})\.(\d{1,12})\.([A-Za-z0-9_-]{1,64}))\.([A-Za-z0-9_-]{43})$/;

/** `__Host-` keeps sibling domains from planting one; see the refresh cookie. */
export function deviceCookieName(config: Pick<ApiConfig, 'secureCookies'>): string {
  return config.secureCookies ? '__Host-device' : 'device';
}

/** A new device's id: 128 random bits. */
export function newDeviceId(): string {
  return randomBytes(16).toString('base64url');
}

/** Makes the token of a device that a person has just signed in from. */
export function printDevice(ports: Ports, device: PresentedDevice): string {
  const { deviceId, userId, deviceEpoch } = device;
  const issuedAt = Math.floor(ports.clock.now() / 1_000);
  const text = `dev_${deviceId}.${userId}.${deviceEpoch}.${issuedAt}.${ports.secretKeys.current('device').kid}`;
  return `${text}.${seal(ports.secretKeys, 'device', text)}`;
}

/**
 * Reads the device of a request: from the header, or from the cookie.
 *
 * @param rawHeaders names and values by turns, as received
 * @returns undefined if there is none, there are several, or this server did not make it
 */
export function readDevice(
  ports: Ports & { config: Pick<ApiConfig, 'secureCookies'> },
  rawHeaders: readonly string[],
): PresentedDevice | undefined {
  const headers = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === DEVICE_HEADER);
  const cookie = readCookie(deviceCookieName(ports.config), rawHeaders);
  const inCookie = cookie.kind === 'value' ? cookie.value : undefined;
  const token = headers.length > 0 ? headers[0] : inCookie;
  if (token === undefined || headers.length > 1) return undefined;
  const [, text, deviceId, userId, deviceEpoch, issuedAt, kid, mac] = TOKEN.exec(token) ?? [];
  if (text === undefined || deviceId === undefined || userId === undefined || kid === undefined) return undefined;
  if (!isSeal(ports.secretKeys, { purpose: 'device', kid, text }, mac ?? '')) return undefined;
  if ((Number(issuedAt) + LIMITS.deviceLifeSeconds) * 1_000 <= ports.clock.now()) return undefined;
  return { deviceId, userId, deviceEpoch: Number(deviceEpoch) };
}

/** Whether a device is known to a person: it is theirs, and of the present epoch of their devices. */
export function isKnownTo(user: Pick<UserRow, 'id' | 'device_epoch'>, device: PresentedDevice): boolean {
  return user.id === device.userId && user.device_epoch === device.deviceEpoch;
}

/**
 * The id of a device if it is known to the person with this canonical address. The account is looked up for holders of
 * a genuine token only: they learn no more than that they hold it.
 */
export async function knownDevice(
  query: Query,
  device: PresentedDevice | undefined,
  emailKey: string | undefined,
): Promise<string | undefined> {
  if (device === undefined || emailKey === undefined) return undefined;
  const user = await query
    .selectFrom('users')
    .select(['id', 'device_epoch'])
    .where('id', '=', device.userId)
    .where('email_key', '=', emailKey)
    .executeTakeFirst();
  return user !== undefined && isKnownTo(user, device) ? device.deviceId : undefined;
}

/** The `Set-Cookie` value that makes a browser a known device. */
export function keepDeviceCookie(config: Pick<ApiConfig, 'secureCookies'>, token: string): string {
  const secure = config.secureCookies ? '; Secure' : '';
  const name = deviceCookieName(config);
  return `${name}=${token}; Max-Age=${LIMITS.deviceLifeSeconds}; Path=/; HttpOnly${secure}; SameSite=Strict`;
}
