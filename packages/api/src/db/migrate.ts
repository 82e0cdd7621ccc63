// Decides how the tables come up to date: every migration once, in order, each database the same.
import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { StorageError, type Dialect } from './database.ts';
import { initial } from './migrations/0001-initial.ts';
import { identity } from './migrations/0002-identity.ts';
import type { Tables } from './schema.ts';

/**
 * Brings the tables up to date in one transaction: all of it or nothing. On PostgreSQL several processes may do it
 * at once; one works and the others wait.
 *
 * @throws {StorageError} when the database is lost, or was written by a newer Parley
 */
export async function migrate(kysely: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const migrations: Record<string, Migration> = {
    '0001-initial': initial(dialect),
    '0002-identity': identity(dialect),
  };
  const known = Object.keys(migrations);
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const unknown = (await appliedMigrations(kysely)).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StorageError(
      'storage.unavailable',
      `The database was written by a newer Parley (it knows ${unknown.join(', ')}). Start that version.`,
    );
  }
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function appliedMigrations(kysely: Kysely<Tables>): Promise<string[]> {
  const tables = await kysely.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await kysely
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
