// Decides how somebody who is signed in proves with a passkey again who they are: in the session that asked, and in no other.
import type { PasskeyOptions, Reauthentication } from '@parley/contract';
import { z } from 'zod';
import type { Requester } from '../../audit/ports.ts';
import type { Actor, ApiContext } from '../../context.ts';
import { LIMITS } from '../../http/limits.ts';
import { beginChallenge, takeChallenge } from './challenges.ts';
import { takeCounter, verifySignature } from './passkey-assertion.ts';
import { loadWebAuthn } from './webauthn.ts';
import { knownPasskeys } from './passkey-registration.ts';
import { AuthenticationResponse } from './passkey-responses.ts';
import { relyingParty } from './relying-party.ts';

type Ports = Pick<ApiContext, 'config' | 'clock' | 'database' | 'audit'>;

/** A challenge of this kind opens no session, and one that signs in proves nothing here. */
const kind = 'passkey_proof';
const Ceremony = z.object({ challenge: z.string(), sessionId: z.string() });

/** Begins a ceremony with the person's passkeys: what the browser hands to `navigator.credentials.get`. */
export async function beginPasskeyProof(
  ports: Ports,
  actor: Actor,
): Promise<{ ok: true; options: PasskeyOptions } | { ok: false; problem: 'not_found' }> {
  const now = ports.clock.now();
  const { ceremonyLifeMs: lifeMs } = LIMITS.factors;
  const { id: rpID } = relyingParty(ports.config);
  const { userId, sessionId } = actor;
  const { generateAuthenticationOptions } = await loadWebAuthn();
  return ports.database.transact(async (query) => {
    const allowCredentials = await knownPasskeys(query, userId);
    // Without names the browser would offer passkeys of other accounts.
    if (allowCredentials.length === 0) return { ok: false, problem: 'not_found' };
    const options = await generateAuthenticationOptions({
      rpID,
      timeout: lifeMs,
      allowCredentials,
      userVerification: 'required',
    });
    const data: z.infer<typeof Ceremony> = { challenge: options.challenge, sessionId };
    const challengeId = await beginChallenge(query, { kind, userId, data, now, lifeMs });
    return { ok: true, options: { challengeId, options: { ...options } } };
  });
}

/** What a passkey presented as a proof gets. */
export type PasskeyProved = { ok: true } | { ok: false; problem: 'auth.challenge_invalid' | 'passkey.invalid' };

/** Ends a ceremony. The challenge is spent whatever comes of it. */
export async function proveByPasskey(
  ports: Ports,
  actor: Actor,
  proof: { given: Extract<Reauthentication, { challengeId: string }>; requester: Requester },
): Promise<PasskeyProved> {
  const { challengeId: secret, response } = proof.given;
  const now = ports.clock.now();
  const taken = await ports.database.transact((query) => takeChallenge(query, { kind, secret, now, shape: Ceremony }));
  if (taken === undefined || taken.userId !== actor.userId || taken.data.sessionId !== actor.sessionId)
    return { ok: false, problem: 'auth.challenge_invalid' };
  const invalid = { ok: false, problem: 'passkey.invalid' } as const;
  const parsed = AuthenticationResponse.safeParse(response);
  if (!parsed.success) return invalid;
  const passkey = await ports.database.read
    .selectFrom('passkeys')
    .selectAll()
    .where('credential_id', '=', parsed.data.id)
    .where('user_id', '=', actor.userId)
    .executeTakeFirst();
  if (passkey === undefined) return invalid;
  const { challenge } = taken.data;
  const counter = await verifySignature(ports, parsed.data, { passkey, challenge, isVerified: true });
  if (counter === undefined) return invalid;
  const used = { passkey, counter, requester: proof.requester };
  return (await ports.database.transact((query) => takeCounter(query, ports, used))) ? { ok: true } : invalid;
}
