// Decides how a passkey signs somebody in: alone, or as the second factor of a ticket.
import type { PasskeyOptions, PasskeyOptionsRequest, PasskeySignIn } from '@parley/contract';
import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { ApiContext } from '../../context.ts';
import type { PasskeysTable } from '../../db/identity-tables.ts';
import type { Tables } from '../../db/schema.ts';
import { LIMITS } from '../../http/limits.ts';
import { openSession, type Opened } from '../open-session.ts';
import { deviceIdOf, type SignInOrigin } from '../sign-in-origin.ts';
import { beginChallenge, challengeId, takeChallenge } from './challenges.ts';
import { failureOf, takeCounter, verifySignature } from './passkey-assertion.ts';
import { findUser } from '../users.ts';
import { loadWebAuthn } from './webauthn.ts';
import { AuthenticationResponse } from './passkey-responses.ts';
import { knownPasskeys } from './passkey-registration.ts';
import { relyingParty } from './relying-party.ts';
import { findTicket, redeemTicket } from './second-factor.ts';

type Ports = Pick<ApiContext, 'config' | 'clock' | 'database' | 'audit' | 'mailer'>;
type Refused = { ok: false; problem: 'auth.challenge_invalid' | 'passkey.invalid' };
const invalid: Refused = { ok: false, problem: 'passkey.invalid' };
const dead: Refused = { ok: false, problem: 'auth.challenge_invalid' };

/** `ticketId` is the row of the ticket that this is the second factor of; null if the passkey is the only factor. */
const Ceremony = z.object({ challenge: z.string(), ticketId: z.string().nullable() });

/**
 * Begins a ceremony: what the browser hands to `navigator.credentials.get`. Without a ticket the options are the same for
 * everybody: the authenticator finds the account. With one they name the passkeys of its holder.
 */
export async function beginPasskeySignIn(
  ports: Ports,
  wanted: z.output<typeof PasskeyOptionsRequest>,
): Promise<{ ok: true; options: PasskeyOptions } | Refused> {
  const now = ports.clock.now();
  const { ceremonyLifeMs: lifeMs } = LIMITS.factors;
  const { id: rpID } = relyingParty(ports.config);
  const { generateAuthenticationOptions } = await loadWebAuthn();
  return ports.database.transact(async (query) => {
    const ticketId = wanted.ticket === undefined ? null : challengeId(wanted.ticket);
    const holder = ticketId === null ? undefined : await findTicket(query, ports, { id: ticketId, counts: false });
    if (ticketId !== null && holder === undefined) return dead;
    const allowCredentials = holder === undefined ? [] : await knownPasskeys(query, holder.user.id);
    const options = await generateAuthenticationOptions({
      rpID,
      timeout: lifeMs,
      allowCredentials,
      userVerification: holder === undefined ? 'required' : 'preferred',
    });
    const data: z.infer<typeof Ceremony> = { challenge: options.challenge, ticketId };
    const userId = holder?.user.id ?? null;
    const secret = await beginChallenge(query, { kind: 'passkey_sign_in', userId, data, now, lifeMs });
    return { ok: true, options: { challengeId: secret, options: { ...options } } };
  });
}

/** What a passkey gets. */
export type PasskeySignedIn = { ok: true; opened: Opened } | Refused;

/** Ends a ceremony: verifies the signature and opens a session. The challenge is spent whatever comes of it. */
export async function signInWithPasskey(
  ports: Ports,
  presented: z.output<typeof PasskeySignIn>,
  origin: SignInOrigin,
): Promise<PasskeySignedIn> {
  const { requester } = origin;
  const now = ports.clock.now();
  const { challengeId: secret } = presented;
  const taken = await ports.database.transact((query) =>
    takeChallenge(query, { kind: 'passkey_sign_in', secret, now, shape: Ceremony }),
  );
  if (taken === undefined) return dead;
  const { challenge, ticketId } = taken.data;
  const parsed = AuthenticationResponse.safeParse(presented.response);
  if (!parsed.success) return invalid;
  const passkey = await ports.database.read
    .selectFrom('passkeys')
    .selectAll()
    .where('credential_id', '=', parsed.data.id)
    .executeTakeFirst();
  if (passkey === undefined) return invalid;
  const isOnlyFactor = ticketId === null;
  const counter = isNamed(passkey, parsed.data, { isOnlyFactor, userId: taken.userId })
    ? await verifySignature(ports, parsed.data, { passkey, challenge, isVerified: isOnlyFactor })
    : undefined;
  if (counter === undefined) {
    ports.audit.note(failureOf(passkey, requester, 'signature'));
    return invalid;
  }
  return ports.database.transact(async (query) => {
    if (!(await takeCounter(query, ports, { passkey, counter, requester }))) return invalid;
    if (ticketId === null) return open(query, ports, { passkey, client: presented.client, origin });
    const holder = await findTicket(query, ports, { id: ticketId, counts: true });
    if (holder === undefined || holder.user.id !== passkey.user_id) return dead;
    return { ok: true, opened: await redeemTicket(query, ports, { holder, method: 'hwk', origin }) };
  });
}

/** Whether the answer speaks for the passkey's own person: WebAuthn level 3, 7.2, step 6. */
function isNamed(
  passkey: Selectable<PasskeysTable>,
  { response }: AuthenticationResponse,
  expected: { isOnlyFactor: boolean; userId: string | null },
): boolean {
  const handle =
    response.userHandle === undefined ? undefined : Buffer.from(response.userHandle, 'base64url').toString();
  if (expected.isOnlyFactor) return handle === passkey.user_id;
  return expected.userId === passkey.user_id && (handle === undefined || handle === passkey.user_id);
}

async function open(
  query: Transaction<Tables>,
  ports: Ports,
  signedIn: { passkey: Selectable<PasskeysTable>; client: 'web' | 'native'; origin: SignInOrigin },
): Promise<PasskeySignedIn> {
  const { passkey, client, origin } = signedIn;
  const { requester } = origin;
  const user = await findUser(query, passkey.user_id);
  if (user === undefined) return invalid;
  await ports.audit.record(query, {
    name: 'login.succeeded',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    details: { methods: 'hwk' },
  });
  return {
    ok: true,
    opened: await openSession(query, ports, {
      user,
      client,
      requester,
      methods: ['hwk'],
      deviceId: deviceIdOf(origin, user),
    }),
  };
}
