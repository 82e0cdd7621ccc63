// Decides how a test runs once on SQLite and once on PostgreSQL, each time in a fresh database.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import type { Database } from '../database.ts';
import { openPostgres } from '../open-postgres.ts';
import { openSqlite } from '../open-sqlite.ts';
import { startTestPostgres, type TestPostgres } from './postgres-cluster.ts';

const log = pino({ level: 'silent' });

/**
 * Registers `body` as two tests, one for each database, with all migrations applied. Call it at the top of a test
 * file. Without PostgreSQL its half is skipped with the reason, and fails where `CI=true`.
 */
export function eachDatabase(name: string, body: (database: Database, t: TestContext) => Promise<void>): void {
  test(`${name} (sqlite)`, async (t) => body(await openTestSqlite(t), t));
  testPostgres(`${name} (postgres)`, body);
}

/** The PostgreSQL half of {@link eachDatabase}. */
export function testPostgres(name: string, body: (database: Database, t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    const database = await openTestPostgres(t);
    if (database !== undefined) await body(database, t);
  });
  after(() => postgres.stop());
}

/** A migrated SQLite database in a temporary folder; closed and removed with the test. */
export async function openTestSqlite(t: TestContext): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
  const database = await openSqlite({ file: join(folder, 'parley.db'), log });
  t.after(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await database.migrate();
  return database;
}

/** A migrated PostgreSQL database; dropped with the test. Undefined, with the test skipped, when there is no server. */
async function openTestPostgres(t: TestContext): Promise<Database | undefined> {
  const server = await postgres.start();
  if (!server.ok) {
    if (process.env['CI'] === 'true') throw new Error(`The tests need PostgreSQL: ${server.reason}`);
    t.skip(server.reason);
    return undefined;
  }
  const name = `parley_test_${randomUUID().replaceAll('-', '')}`;
  await administer(server.url, `create database ${name}`);
  const url = server.url.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
  const database = openPostgres({ url, poolSize: 8, log });
  t.after(async () => {
    await database.close();
    await administer(server.url, `drop database ${name} with (force)`);
  });
  await database.migrate();
  return database;
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** One server a test process, started by the first test that needs it. */
const postgres = ((): { start(): Promise<TestPostgres>; stop(): Promise<void> } => {
  let started: Promise<TestPostgres> | undefined;
  return {
    start() {
      started ??= startTestPostgres(process.env);
      return started;
    },
    async stop() {
      const server = await started;
      started = undefined;
      if (server?.ok === true) await server.stop();
    },
  };
})();
