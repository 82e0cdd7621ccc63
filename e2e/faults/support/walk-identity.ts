// Decides how a test uses every endpoint of identity once with success: sessions, passwords, factors, keys, administration.
import { Secret, TOTP } from 'otpauth';
import {
  createPasskey,
  type CeremonyOptions,
} from '../../../packages/api/src/identity/factors/testing/authenticator.ts';
import type { Account } from '../../support/account.ts';

/** Calls the api; gives the body whatever the status. */
export type Ask = (
  who: Pick<Account, 'accessToken'> | undefined,
  method: string,
  path: string,
  body?: unknown,
) => Promise<unknown>;

/** Who walks. `member` signed in with `password`, less than 15 minutes ago. */
export interface Walkers {
  admin: Account;
  member: Account & { email: string; password: string };
  /** Where people reach the site: passkeys belong to it. */
  origin: string;
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const stepMs = 30_000;

/** Uses all of it; the member's sessions, factors and keys come and go. */
export async function walkIdentity(ask: Ask, walkers: Walkers): Promise<void> {
  const { admin, member } = walkers;
  await walkSessions(ask, member);
  await walkKeys(ask, member);
  await walkFactors(ask, walkers);
  await walkMails(ask, walkers);
  await walkAdministration(ask, admin, member);
}

function signIn(ask: Ask, { email, password }: Walkers['member']): Promise<Tokens> {
  return ask(undefined, 'POST', '/v1/auth/login', { email, password, client: 'native' }) as Promise<Tokens>;
}

async function walkSessions(ask: Ask, member: Walkers['member']): Promise<void> {
  const other = await signIn(ask, member);
  const { data } = (await ask(member, 'GET', '/v1/me/sessions')) as { data: { id: string; isCurrent: boolean }[] };
  const [first] = data.filter((session) => !session.isCurrent);
  await ask(member, 'DELETE', `/v1/me/sessions/${first?.id}`);
  await ask(member, 'DELETE', `/v1/me/sessions/${first?.id}`);
  await ask(member, 'POST', '/v1/me/sessions/end-others', {});
  await ask(undefined, 'POST', '/v1/auth/revoke', { token: other.refreshToken });
  await ask(member, 'POST', '/v1/auth/reauthenticate', { password: member.password });
  await ask(member, 'POST', '/v1/auth/reauthenticate', { password: 'wrong' });
  await ask(member, 'GET', '/v1/me/rights');
}

async function walkKeys(ask: Ask, member: Walkers['member']): Promise<void> {
  const wanted = { name: 'Reports', scopes: ['rooms:read'], expiresInDays: 1 };
  const { key } = (await ask(member, 'POST', '/v1/me/api-keys', wanted)) as { key: { id: string } };
  await ask(member, 'POST', '/v1/me/api-keys', { ...wanted, scopes: ['audit:read'] });
  await ask(member, 'GET', '/v1/me/api-keys');
  const next = (await ask(member, 'POST', `/v1/me/api-keys/${key.id}/rotate`)) as { key: { id: string } };
  await ask(member, 'DELETE', `/v1/me/api-keys/${next.key.id}`);
}

async function walkFactors(ask: Ask, { member, origin }: Walkers): Promise<void> {
  const { secret } = (await ask(member, 'POST', '/v1/me/factors/totp')) as { secret: string };
  const codeAt = (at: number): string => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: at });
  const now = Date.now();
  // Each step is good once: those before, at and after the present one are taken.
  await ask(member, 'POST', '/v1/me/factors/totp/confirm', { code: codeAt(now - stepMs) });
  await ask(member, 'POST', '/v1/me/factors/totp/confirm', { code: '000000' });
  const asked = (await signIn(ask, member)) as unknown as { secondFactor: { ticket: string } };
  const presented = { ticket: asked.secondFactor.ticket, method: 'totp', code: codeAt(now) };
  await ask(undefined, 'POST', '/v1/auth/second-factor', presented);
  await ask(undefined, 'POST', '/v1/auth/second-factor', presented);
  await ask(member, 'POST', '/v1/auth/reauthenticate', { code: codeAt(now + stepMs) });
  await ask(member, 'POST', '/v1/me/factors/recovery-codes');
  await walkPasskeys(ask, member, origin);
  await ask(member, 'GET', '/v1/me/factors');
  await ask(member, 'DELETE', '/v1/me/factors/totp');
}

interface Ceremony {
  challengeId: string;
  options: CeremonyOptions;
}

async function walkPasskeys(ask: Ask, member: Walkers['member'], origin: string): Promise<void> {
  const passkey = createPasskey(origin);
  const made = (await ask(member, 'POST', '/v1/me/passkeys/options')) as Ceremony;
  const registration = { challengeId: made.challengeId, name: 'Laptop', response: passkey.create(made.options) };
  const { id } = (await ask(member, 'POST', '/v1/me/passkeys', registration)) as { id: string };
  await ask(member, 'PATCH', `/v1/me/passkeys/${id}`, { name: 'Old laptop' });
  const asked = (await ask(undefined, 'POST', '/v1/auth/passkey/options', {})) as Ceremony;
  const answer = { challengeId: asked.challengeId, response: passkey.get(asked.options), client: 'native' };
  await ask(undefined, 'POST', '/v1/auth/passkey', answer);
  await ask(undefined, 'POST', '/v1/auth/passkey', answer);
  await ask(member, 'POST', '/v1/auth/reauthenticate/options', {});
  await ask(member, 'DELETE', `/v1/me/passkeys/${id}`);
}

/** Reads the newest held mail of a template as an administrator does, and gives the secret of its link. */
async function tokenOf(ask: Ask, admin: Account, template: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const page = (await ask(admin, 'GET', '/v1/admin/mails')) as { data: { template: string; text: string }[] };
    const mail = page.data.find((one) => one.template === template);
    const token = /#(\S+)/.exec(mail?.text ?? '')?.[1];
    if (token !== undefined) return token;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no mail ${template}`);
}

async function walkMails(ask: Ask, { admin, member }: Walkers): Promise<void> {
  const changed = { currentPassword: member.password, newPassword: 'a longer sentence of tests' };
  const renewed = (await ask(member, 'POST', '/v1/me/password', changed)) as Tokens;
  await ask(renewed, 'POST', '/v1/me/password', { ...changed, currentPassword: 'wrong' });
  await ask(renewed, 'POST', '/v1/me/email/verification');
  await ask(undefined, 'POST', '/v1/auth/email/confirm', { token: await tokenOf(ask, admin, 'email_verify') });
  const move = { email: 'moved@example.com', currentPassword: changed.newPassword };
  await ask(renewed, 'POST', '/v1/me/email', move);
  await ask(undefined, 'POST', '/v1/auth/not-me', { token: await tokenOf(ask, admin, 'email_change_notice') });
  await ask(undefined, 'POST', '/v1/auth/password/forgot', { email: member.email });
  const reset = { token: await tokenOf(ask, admin, 'password_reset'), newPassword: 'yet another sentence of tests' };
  await ask(undefined, 'POST', '/v1/auth/password/reset', reset);
  await ask(undefined, 'POST', '/v1/auth/password/reset', reset);
  const last = await signIn(ask, { ...member, password: reset.newPassword });
  await ask(last, 'POST', '/v1/auth/logout-all', {});
}

async function walkAdministration(ask: Ask, admin: Account, { userId }: Account): Promise<void> {
  await ask(admin, 'GET', '/v1/admin/users?search=a&status=active');
  await ask(admin, 'PATCH', `/v1/admin/users/${userId}`, { disabled: true });
  await ask(admin, 'PATCH', `/v1/admin/users/${userId}`, { disabled: false });
  await ask(admin, 'PATCH', `/v1/admin/users/${admin.userId}`, { role: 'member' });
  await ask(admin, 'POST', `/v1/admin/users/${userId}/unlock`);
  await ask(admin, 'POST', `/v1/admin/users/${userId}/sign-out`);
  await ask(admin, 'POST', `/v1/admin/users/${userId}/reset-link`);
  await ask(admin, 'POST', `/v1/admin/users/${userId}/reset-factors`);
  await ask(admin, 'GET', '/v1/admin/audit?name=login.*');
  await ask(admin, 'GET', '/v1/admin/audit/verify');
  await ask(admin, 'GET', '/v1/admin/audit/export');
}
