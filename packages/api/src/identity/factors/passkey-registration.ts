// Decides how a person gets a passkey: discoverable, with their presence verified, without attestation.
import type { Passkey, PasskeyOptions, PasskeyRegistration } from '@parley/contract';
import type { Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { Query } from '../../db/database.ts';
import type { PasskeysTable } from '../../db/identity-tables.ts';
import type { Tables, UserRow } from '../../db/schema.ts';
import { LIMITS } from '../../http/limits.ts';
import { isRecent } from '../recent.ts';
import { beginChallenge, takeChallenge } from './challenges.ts';
import { lockUser, recordChange, type Changer, type ChangePorts } from './change.ts';
import { presentPasskey } from './overview.ts';
import { RegistrationResponse } from './passkey-responses.ts';
import { relyingParty } from './relying-party.ts';
import { loadWebAuthn } from './webauthn.ts';

// ES256, EdDSA, RS256: what authenticators have, and what is verified without anything else.
const ALGORITHMS = [-7, -8, -257];

const Ceremony = z.object({ challenge: z.string() });

/** Why there is no passkey; `factor.exists` is a credential that somebody has, or one too many. */
export type PasskeyRefused = {
  ok: false;
  problem:
    | 'auth.reauthentication_required'
    | 'not_found'
    | 'auth.challenge_invalid'
    | 'passkey.invalid'
    | 'factor.exists';
};

/** Begins a ceremony: what the browser hands to `navigator.credentials.create`. */
export async function beginPasskey(
  ports: ChangePorts,
  { actor }: Pick<Changer, 'actor'>,
): Promise<{ ok: true; options: PasskeyOptions } | PasskeyRefused> {
  const { read } = ports.database;
  if (!(await isRecent(read, ports, actor))) return { ok: false, problem: 'auth.reauthentication_required' };
  const user = await read.selectFrom('users').selectAll().where('id', '=', actor.userId).executeTakeFirst();
  if (user === undefined) return { ok: false, problem: 'not_found' };
  const known = await knownPasskeys(read, user.id);
  if (known.length >= LIMITS.factors.passkeysPerUser) return { ok: false, problem: 'factor.exists' };
  const { id: rpID } = relyingParty(ports.config);
  const { ceremonyLifeMs: lifeMs } = LIMITS.factors;
  const { generateRegistrationOptions } = await loadWebAuthn();
  const options = await generateRegistrationOptions({
    rpID,
    rpName: rpID,
    userName: user.email,
    userDisplayName: user.name,
    userID: new Uint8Array(Buffer.from(user.id)),
    timeout: lifeMs,
    excludeCredentials: known,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  const { challenge } = options;
  const now = ports.clock.now();
  const challengeId = await ports.database.transact((query) =>
    beginChallenge(query, { kind: 'passkey_registration', userId: user.id, data: { challenge }, now, lifeMs }),
  );
  return { ok: true, options: { challengeId, options: { ...options } } };
}

/** The passkeys of a person, as ceremonies name them. */
export async function knownPasskeys(query: Query, userId: string): Promise<{ id: string; transports: string[] }[]> {
  const rows = await query
    .selectFrom('passkeys')
    .select(['credential_id', 'transports'])
    .where('user_id', '=', userId)
    .execute();
  return rows.map(({ credential_id: id, transports }) => ({ id, transports: transportNames(transports) }));
}

const transportNames = (stored: string): string[] => stored.split(' ').filter((name) => name !== '');

type NewPasskey = Omit<PasskeysTable, 'id' | 'user_id' | 'name' | 'created_at' | 'last_used_at'>;

/** Ends a ceremony: verifies what the authenticator made and stores it. The challenge is spent whatever comes of it. */
export async function addPasskey(
  ports: ChangePorts,
  changer: Changer,
  wanted: z.output<typeof PasskeyRegistration>,
): Promise<{ ok: true; passkey: Passkey } | PasskeyRefused> {
  const { actor } = changer;
  const now = ports.clock.now();
  const { challengeId: secret } = wanted;
  const taken = await ports.database.transact((query) =>
    takeChallenge(query, { kind: 'passkey_registration', secret, now, shape: Ceremony }),
  );
  if (taken === undefined || taken.userId !== actor.userId) return { ok: false, problem: 'auth.challenge_invalid' };
  const made = await verifyRegistration(ports, wanted.response, taken.data.challenge);
  if (made === undefined) return { ok: false, problem: 'passkey.invalid' };
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return { ok: false, problem: 'auth.reauthentication_required' };
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    if (user === undefined) return { ok: false, problem: 'not_found' };
    return store(query, ports, { user, changer, row: { ...made, name: wanted.name, created_at: now } });
  });
}

async function verifyRegistration(
  ports: Pick<ChangePorts, 'config'>,
  presented: unknown,
  challenge: string,
): Promise<NewPasskey | undefined> {
  const parsed = RegistrationResponse.safeParse(presented);
  if (!parsed.success) return undefined;
  const { id: expectedRPID, origins: expectedOrigin } = relyingParty(ports.config);
  const { verifyRegistrationResponse } = await loadWebAuthn();
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: parsed.data,
      expectedChallenge: challenge,
      expectedOrigin,
      expectedRPID,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp } = registrationInfo;
    return {
      credential_id: credential.id,
      public_key: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: parsed.data.response.transports.join(' '),
      is_backed_up: credentialBackedUp ? 1 : 0,
    };
  } catch {
    // The library throws for every answer that does not fit: that is this function's "no".
    return undefined;
  }
}

async function store(
  query: Transaction<Tables>,
  ports: ChangePorts,
  made: { user: UserRow; changer: Changer; row: NewPasskey & { name: string; created_at: number } },
): Promise<{ ok: true; passkey: Passkey } | PasskeyRefused> {
  const { user, changer, row } = made;
  if ((await knownPasskeys(query, user.id)).length >= LIMITS.factors.passkeysPerUser)
    return { ok: false, problem: 'factor.exists' };
  const stored = await query
    .insertInto('passkeys')
    .values({ ...row, id: uuidv7(), user_id: user.id, last_used_at: null })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (stored === undefined) return { ok: false, problem: 'factor.exists' };
  await recordChange(query, ports, {
    name: 'factor.added',
    user,
    requester: changer.requester,
    sessionId: changer.actor.sessionId,
    factor: 'passkey',
    sentence: `A passkey was added to your account: ${row.name}.`,
  });
  return { ok: true, passkey: presentPasskey(stored) };
}
