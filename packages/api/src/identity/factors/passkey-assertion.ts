// Decides whether what an authenticator answered was made by a stored passkey, and by the one that there is, not a copy.
import type { Selectable, Transaction } from 'kysely';
import type { Requester } from '../../audit/ports.ts';
import type { ApiContext } from '../../context.ts';
import type { PasskeysTable } from '../../db/identity-tables.ts';
import type { Tables } from '../../db/schema.ts';
import type { AuthenticationResponse } from './passkey-responses.ts';
import { relyingParty } from './relying-party.ts';
import { loadWebAuthn } from './webauthn.ts';

/**
 * Checks what an authenticator answered against the stored key.
 *
 * @param expected `isVerified`: the authenticator has to have checked who uses it
 * @returns the authenticator's counter; undefined if the answer does not fit
 */
export async function verifySignature(
  ports: Pick<ApiContext, 'config'>,
  response: AuthenticationResponse,
  expected: { passkey: Selectable<PasskeysTable>; challenge: string; isVerified: boolean },
): Promise<number | undefined> {
  const { id: expectedRPID, origins: expectedOrigin } = relyingParty(ports.config);
  const { passkey, challenge: expectedChallenge, isVerified } = expected;
  const { userHandle, ...signed } = response.response;
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...response, response: { ...signed, ...(userHandle === undefined ? {} : { userHandle }) } },
      expectedChallenge,
      expectedOrigin,
      expectedRPID,
      // The counter is compared in the statement that stores it.
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: 0,
      },
      requireUserVerification: isVerified,
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    // The library throws for every answer that does not fit: that is this function's "no".
    return undefined;
  }
}

/** Stores the counter if it has grown, or if the authenticator has none; one that has not is a copy's. */
export async function takeCounter(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'clock' | 'audit'>,
  used: { passkey: Selectable<PasskeysTable>; counter: number; requester: Requester },
): Promise<boolean> {
  const { passkey, counter, requester } = used;
  const stored = await query
    .updateTable('passkeys')
    .set({ counter, last_used_at: ports.clock.now() })
    .where('id', '=', passkey.id)
    .where('counter', counter === 0 ? '=' : '<', counter)
    .executeTakeFirst();
  if (stored.numUpdatedRows === 1n) return true;
  await ports.audit.record(query, failureOf(passkey, requester, 'counter'));
  return false;
}

/** The audit entry of a passkey that was refused. */
export function failureOf(passkey: Selectable<PasskeysTable>, requester: Requester, reason: 'signature' | 'counter') {
  return {
    name: 'factor.failed',
    outcome: 'failure',
    reason,
    requester,
    subjectId: passkey.user_id,
    details: { methods: 'passkey' },
  } as const;
}
