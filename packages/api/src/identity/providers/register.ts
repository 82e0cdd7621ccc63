// Decides whether signing in at a provider makes an account, and makes it without a password.
import type { Transaction } from 'kysely';
import type { Tables, UserRow } from '../../db/schema.ts';
import { insertUser } from '../accounts.ts';
import { canonicalEmail, canonicalName } from '../normalise.ts';
import { giveBack, noteUser, useOneTimeToken } from '../one-time-tokens.ts';
import { isSetupRequired } from '../setup.ts';
import { storeIdentity } from './identities.ts';
import type { Arrival, ProviderSignInPorts } from './arrival.ts';

/** What registering gets; nothing is stored of one that is refused. */
export type ProviderRegistered =
  | { ok: true; user: UserRow }
  | { ok: false; problem: 'provider.unlinked' | 'invitation.invalid' };

const unlinked = { ok: false, problem: 'provider.unlinked' } as const;

/**
 * Makes an account for a person of a provider. It has to have an address of its own: one that is somebody's already is
 * never taken over. An address that the provider has not verified is good enough only for who was invited.
 */
export async function registerFromProvider(
  query: Transaction<Tables>,
  ports: Pick<ProviderSignInPorts, 'config' | 'clock' | 'audit' | 'onRegistered'>,
  arrival: Arrival,
): Promise<ProviderRegistered> {
  const { provider, person, invitation, requester } = arrival;
  const now = ports.clock.now();
  const email = person.email === undefined ? undefined : canonicalEmail(person.email);
  const mayRegister = isWelcome(ports, arrival) && !(await isSetupRequired(query));
  if (!mayRegister || email === undefined || (await isTaken(query, email.key))) return unlinked;
  if (!person.isEmailVerified && invitation === undefined) return unlinked;
  const used =
    invitation === undefined ? undefined : await useOneTimeToken(query, { kind: 'invitation', token: invitation, now });
  if (invitation !== undefined && used === undefined) return { ok: false, problem: 'invitation.invalid' };
  const name = canonicalName((person.name ?? '').slice(0, 80)) ?? email.email.split('@')[0] ?? email.email;
  const account = { email, name: name === '' ? email.email : name, password: '' };
  const inserted = await insertUser(query, { account, role: used?.role ?? 'member', passwordHash: '', now });
  if (inserted === undefined) {
    // The address was free a moment ago: somebody else was quicker.
    if (used !== undefined) await giveBack(query, used.id);
    return unlinked;
  }
  const user = await query
    .updateTable('users')
    .set({ password_scheme: 'none', email_verified_at: person.isEmailVerified ? now : null })
    .where('id', '=', inserted.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await storeIdentity(query, { userId: user.id, person, now });
  if (used !== undefined) {
    await noteUser(query, { invitationId: used.id, userId: user.id });
    await ports.onRegistered(query, user, { roomId: used.room_id, invitedBy: used.invited_by });
  }
  await ports.audit.record(query, {
    name: 'user.created',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    details: { provider: provider.id, invited: used !== undefined },
  });
  return { ok: true, user };
}

/** Whether this provider's people may make accounts, with what they bring. */
function isWelcome(ports: Pick<ProviderSignInPorts, 'config'>, { provider, invitation }: Arrival): boolean {
  if (provider.accounts !== 'follow') return provider.accounts === 'on';
  const { registration } = ports.config;
  return registration === 'open' || (registration === 'invitation' && invitation !== undefined);
}

async function isTaken(query: Transaction<Tables>, emailKey: string): Promise<boolean> {
  const user = await query.selectFrom('users').select('id').where('email_key', '=', emailKey).executeTakeFirst();
  return user !== undefined;
}
