// Decides what a person sees of their own factors, and counts their ways to sign in.
import type { Factors, Passkey } from '@parley/contract';
import type { Selectable } from 'kysely';
import type { ApiConfig } from '../../config.ts';
import type { Query } from '../../db/database.ts';
import type { PasskeysTable } from '../../db/identity-tables.ts';
import type { UserRow } from '../../db/schema.ts';
import type { WaysIn } from './policy.ts';
import { countRecoveryCodes } from './recovery-codes.ts';

type Ports = { config: Pick<ApiConfig, 'providers'> };

/** A passkey as its person sees it. */
export function presentPasskey(row: Selectable<PasskeysTable>): Passkey {
  return {
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
    isBackedUp: row.is_backed_up === 1,
  };
}

/** Everything that a person can prove themselves with; nothing of it is a secret. */
export async function listFactors(query: Query, ports: Ports, user: UserRow): Promise<Factors> {
  const totp = await query
    .selectFrom('totp_factors')
    .select('created_at')
    .where('user_id', '=', user.id)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  const passkeys = await query
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', user.id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return {
    hasPassword: user.password_scheme !== 'none',
    totp: totp === undefined ? null : { createdAt: new Date(totp.created_at).toISOString() },
    recoveryCodesLeft: (await countRecoveryCodes(query, user.id)).left,
    passkeys: passkeys.map(presentPasskey),
    providers: await linkedProviders(query, ports, user.id),
  };
}

async function linkedProviders(query: Query, ports: Ports, userId: string): Promise<Factors['providers']> {
  const rows = await query
    .selectFrom('provider_identities')
    .select(['issuer', 'email'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute();
  return rows.flatMap(({ issuer, email }) => {
    const provider = ports.config.providers.find((known) => known.issuer === issuer);
    return provider === undefined ? [] : [{ id: provider.id, name: provider.name, email }];
  });
}

/** The ways in which a person can sign in, counted under the lock of the person. */
export async function countWaysIn(query: Query, ports: Ports, user: UserRow): Promise<WaysIn> {
  const { hasPassword, passkeys, providers } = await listFactors(query, ports, user);
  return { hasPassword, passkeys: passkeys.length, providers: providers.length };
}
