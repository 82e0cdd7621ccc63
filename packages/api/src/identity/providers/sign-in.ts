// Decides which account a person of a provider signs in to: the linked one, one that may be linked, a new one, or none.
import type { SecondFactorRequired } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Tables, UserRow } from '../../db/schema.ts';
import { recordChange } from '../factors/change.ts';
import { beginSecondFactor, secondFactorMethods } from '../factors/second-factor.ts';
import { canonicalEmail, isSameMailbox } from '../normalise.ts';
import { openSession, type Opened } from '../open-session.ts';
import { deviceIdOf } from '../sign-in-origin.ts';
import type { Arrival, ProviderSignInPorts } from './arrival.ts';
import { storeIdentity } from './identities.ts';
import { registerFromProvider } from './register.ts';
import { findUser } from '../users.ts';

/** What a person of a provider gets. */
export type ProviderSignedIn =
  | { ok: true; opened: Opened }
  | ({ ok: true } & SecondFactorRequired)
  | { ok: false; problem: 'provider.unlinked' | 'invitation.invalid' };

/** Signs a person in by issuer and subject; an address alone opens no account. */
export async function signInFromProvider(ports: ProviderSignInPorts, arrival: Arrival): Promise<ProviderSignedIn> {
  const signedIn = await ports.database.transact(async (query): Promise<ProviderSignedIn> => {
    const linked = await findLinked(query, ports, arrival);
    if (linked === 'disabled') return { ok: false, problem: 'provider.unlinked' };
    const user = linked ?? (await linkByEmail(query, ports, arrival));
    if (user !== undefined) return open(query, ports, { arrival, user });
    const registered = await registerFromProvider(query, ports, arrival);
    return registered.ok ? open(query, ports, { arrival, user: registered.user }) : registered;
  });
  if (signedIn.ok) ports.wakeRelay();
  return signedIn;
}

async function findLinked(
  query: Transaction<Tables>,
  ports: ProviderSignInPorts,
  { person }: Arrival,
): Promise<UserRow | 'disabled' | undefined> {
  const identity = await query
    .updateTable('provider_identities')
    .set({ last_used_at: ports.clock.now() })
    .where('issuer', '=', person.issuer)
    .where('subject', '=', person.subject)
    .returning('user_id')
    .executeTakeFirst();
  if (identity === undefined) return undefined;
  const user = await findUser(query, identity.user_id);
  return user ?? 'disabled';
}

/**
 * Links an account by its address: only if the setting says so, both sides have verified it, and the account has no
 * second step that this would walk around.
 */
async function linkByEmail(
  query: Transaction<Tables>,
  ports: ProviderSignInPorts,
  { provider, person, origin }: Arrival,
): Promise<UserRow | undefined> {
  if (!provider.linksByEmail || !person.isEmailVerified || person.email === undefined) return undefined;
  const user = await query
    .selectFrom('users')
    .selectAll()
    .where('email_key', '=', canonicalEmail(person.email)?.key ?? '')
    .where('email_verified_at', 'is not', null)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (user === undefined || !isSameMailbox(user.email, person.email)) return undefined;
  if ((await secondFactorMethods(query, user.id)).length > 0) return undefined;
  if (!(await storeIdentity(query, { userId: user.id, person, now: ports.clock.now() }))) return undefined;
  const sentence = `Your account was linked to a sign-in with ${provider.name}, which has the same e-mail address.`;
  await recordChange(query, ports, {
    name: 'provider.linked',
    user,
    requester: origin.requester,
    factor: provider.id,
    sentence,
  });
  return user;
}

async function open(
  query: Transaction<Tables>,
  ports: ProviderSignInPorts,
  signedIn: { arrival: Arrival; user: UserRow },
): Promise<ProviderSignedIn> {
  const { user, arrival } = signedIn;
  const { provider, origin } = arrival;
  const { requester } = origin;
  const client = 'web' as const;
  if (provider.asksSecondFactor) {
    const secondFactor = await beginSecondFactor(query, ports, { user, client, methods: ['fed'] });
    if (secondFactor !== undefined) return { ok: true, secondFactor };
  }
  await ports.audit.record(query, {
    name: 'login.succeeded',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    details: { methods: 'fed', provider: provider.id },
  });
  return {
    ok: true,
    opened: await openSession(query, ports, {
      user,
      client,
      requester,
      methods: ['fed'],
      deviceId: deviceIdOf(origin, user),
    }),
  };
}
