// Decides how the accounts of an older system come in with their SHA-256 digests, and how those are wrapped.
import { Role } from '@parley/contract';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import type { UserRow } from '../db/schema.ts';
import { canonicalEmail, canonicalName } from './normalise.ts';
import { DIGEST_SCHEMES, digestScheme, normaliseDigest, wrappedScheme } from './password-schemes.ts';
import { createPasswords } from './passwords.ts';

/** One account of the older system: `sha256` in hexadecimal or base64, `bytes` as that system made them of a password. */
export const LegacyAccount = z.strictObject({
  email: z.string().min(3).max(254),
  name: z.string().min(1).max(80),
  role: Role.default('member'),
  sha256: z.string().max(200),
  bytes: z.enum(['utf8', 'utf16le', 'latin1']).default('utf8'),
});
/** See {@link LegacyAccount}. */
export type LegacyAccount = z.output<typeof LegacyAccount>;

/** What became of an account that came in. `known`: there is one with this address; it is left as it is. */
export type Imported = 'imported' | 'known' | 'bad_email' | 'bad_name' | 'bad_digest';

/** How far wrapping has come. */
export interface WrapProgress {
  wrapped: number;
  remaining: number;
}

/** What an operator does to bring older passwords in. */
export interface PasswordTools {
  /** Stores accounts in one transaction; the answer has one word for each, in order. Safe to repeat. */
  importLegacy(accounts: readonly LegacyAccount[]): Promise<Imported[]>;
  /**
   * Wraps every digest that is not wrapped yet, a few at a time, each stored on its own batch's commit: whatever
   * interrupts it, the next call goes on with the rest. Safe beside a running server on PostgreSQL.
   */
  wrapAll(onProgress: (progress: WrapProgress) => void): Promise<WrapProgress>;
}

/** Digests that are wrapped between two commits: few, so that none waits too long for its turn. */
const BATCH = 4;

type ToolPorts = Pick<ApiContext, 'config' | 'clock' | 'database' | 'secretKeys' | 'log'>;

/** Makes the tools on an open, migrated database. */
export function createPasswordTools(ports: ToolPorts): PasswordTools {
  return {
    importLegacy: (accounts) => importLegacy(ports, accounts),
    wrapAll: (onProgress) => wrapAll(ports, onProgress),
  };
}

function importLegacy(ports: ToolPorts, accounts: readonly LegacyAccount[]): Promise<Imported[]> {
  const now = ports.clock.now();
  return ports.database.transact(async (query) => {
    const imported: Imported[] = [];
    for (const account of accounts) {
      const email = canonicalEmail(account.email);
      const name = canonicalName(account.name);
      const digest = normaliseDigest(account.sha256);
      if (email === undefined) imported.push('bad_email');
      else if (name === undefined) imported.push('bad_name');
      else if (digest === undefined) imported.push('bad_digest');
      else {
        const stored = await query
          .insertInto('users')
          .values({
            id: uuidv7(),
            email: email.email,
            email_key: email.key,
            name,
            role: account.role,
            password_hash: digest,
            password_scheme: digestScheme(account.bytes),
            password_changed_at: now,
            disabled_at: null,
            created_at: now,
          })
          .onConflict((conflict) => conflict.column('email_key').doNothing())
          .returning('id')
          .executeTakeFirst();
        imported.push(stored === undefined ? 'known' : 'imported');
      }
    }
    return imported;
  });
}

async function wrapAll(ports: ToolPorts, onProgress: (progress: WrapProgress) => void): Promise<WrapProgress> {
  const passwords = await createPasswords(ports.config, ports);
  const state = { wrapped: 0, remaining: await countDigests(ports) };
  // Along the ids, so that what is done is not read again; from the beginning once more for what was left out.
  let after = '';
  for (;;) {
    const rows = await readDigests(ports, after);
    const last = rows.at(-1);
    if (last === undefined) {
      state.remaining = await countDigests(ports);
      if (state.remaining === 0 || after === '') return state;
      after = '';
      continue;
    }
    after = last.id;
    const wraps = await Promise.all(rows.map(async (row) => ({ row, wrap: await passwords.wrap(row.password_hash) })));
    const hashed = wraps.flatMap(({ row, wrap }) => (wrap.ok ? [{ row, hash: wrap.hash }] : []));
    state.wrapped += await storeWraps(ports, hashed);
    state.remaining -= hashed.length;
    onProgress({ ...state });
  }
}

type DigestRow = Pick<UserRow, 'id' | 'password_hash' | 'password_scheme'>;

function readDigests({ database }: ToolPorts, after: string): Promise<DigestRow[]> {
  return database.read
    .selectFrom('users')
    .select(['id', 'password_hash', 'password_scheme'])
    .where('password_scheme', 'in', DIGEST_SCHEMES)
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH)
    .execute();
}

/** @returns how many were stored: who signed in or set another password meanwhile has a better hash already */
function storeWraps({ database }: ToolPorts, wraps: readonly { row: DigestRow; hash: string }[]): Promise<number> {
  return database.transact(async (query) => {
    let count = 0;
    for (const { row, hash } of wraps) {
      const { numUpdatedRows } = await query
        .updateTable('users')
        .set({ password_hash: hash, password_scheme: wrappedScheme(row.password_scheme) })
        .where('id', '=', row.id)
        .where('password_hash', '=', row.password_hash)
        .where('password_scheme', '=', row.password_scheme)
        .executeTakeFirst();
      count += Number(numUpdatedRows);
    }
    return count;
  });
}

async function countDigests({ database }: ToolPorts): Promise<number> {
  const { count } = await database.read
    .selectFrom('users')
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .where('password_scheme', 'in', DIGEST_SCHEMES)
    .executeTakeFirstOrThrow();
  return Number(count);
}
