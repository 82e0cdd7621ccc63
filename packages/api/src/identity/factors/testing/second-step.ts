// Decides how tests turn a person's second step on and make its codes.
import type { RecoveryCodes, TotpSetup } from '@parley/contract';
import { Secret, TOTP } from 'otpauth';
import type { House, Person } from '../../testing/house.ts';

/** The code of a generator at the house's time. */
export function codeOf(house: Pick<House, 'now'>, secret: string): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: house.now() });
}

/** Turns the second step on; a step later, so that the next code is good. */
export async function turnOn(house: House, person: Person): Promise<{ secret: string; recoveryCodes: string[] }> {
  const setup = await house.post('/v1/me/factors/totp', {}, person.bearer);
  const { secret } = setup.json<TotpSetup>();
  const confirmed = await house.post('/v1/me/factors/totp/confirm', { code: codeOf(house, secret) }, person.bearer);
  house.tick(30_000);
  return { secret, recoveryCodes: confirmed.json<RecoveryCodes>().recoveryCodes };
}

/** Events of the audit log in their order, with their reasons. */
export async function auditOf(house: House, names: readonly string[]): Promise<string[]> {
  const rows = await house.database.read
    .selectFrom('audit_events')
    .select(['name', 'reason'])
    .where('name', 'in', names)
    .orderBy('position')
    .execute();
  return rows.map(({ name, reason }) => (reason === null ? name : `${name}(${reason})`));
}

/** What mails about factors say, in their order. */
export async function factorMails(house: House): Promise<string[]> {
  const rows = await house.database.read
    .selectFrom('mails')
    .select('data')
    .where('template', '=', 'factor_changed')
    .orderBy('position')
    .execute();
  return rows.map(({ data }) => (JSON.parse(data) as { change: string }).change);
}
