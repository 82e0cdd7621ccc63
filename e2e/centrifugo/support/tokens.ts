// Decides how tests sign the tokens and track signatures that the suite's server accepts.
import { createHash, createHmac } from 'node:crypto';

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of the suite's secret, for nobody in particular. */
export function signToken(claims: object): string {
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ iat: now(), ...claims })}`;
  return `${signed}.${createHmac('sha256', 'secret').update(signed).digest('base64url')}`;
}

/**
 * A signature for keys of a shared poll.
 *
 * @param expiresIn seconds from now, below 0: it has expired
 */
export function signKeys(channel: string, keys: readonly string[], expiresIn = 3_600): string {
  const [iat, exp] = [now() - 7_200, now() + expiresIn];
  const digest = createHash('sha256').update(keys.join('\0')).digest('hex');
  const signed = [iat, exp, '', channel, digest].join('\0');
  return `${iat}:${exp}:${createHmac('sha256', 'test-poll-secret').update(signed).digest('hex')}`;
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
