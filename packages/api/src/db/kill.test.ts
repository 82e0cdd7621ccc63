// Proves that SQLite loses nothing that was acknowledged when the process is killed at any instant.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { openSqlite } from './open-sqlite.ts';

const script = new URL('./testing/commit-until-killed.ts', import.meta.url).pathname;

/** Runs the child until it has acknowledged `count` commits, kills it, and gives every number that it printed. */
async function commitUntilKilled(options: { file: string; first: number; count: number }): Promise<number[]> {
  const { file, first, count } = options;
  const child = spawn(process.execPath, [script, file, String(first), '20'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  return acknowledged;
}

test('openSqlite() finds every acknowledged commit after each of 6 kills', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-kill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'parley.db');
  const acknowledged: number[] = [];
  for (const count of [1, 2, 37, 150, 411, 900]) {
    const first = (acknowledged.length + 1) * 100_000;
    acknowledged.push(...(await commitUntilKilled({ file, first, count })));
    const database = await openSqlite({ file, log: pino({ level: 'silent' }) });
    const rows = await database.read.selectFrom('outbox').select('id').execute();
    const { rows: check } = await sql`pragma integrity_check`.execute(database.read);
    await database.close();
    const stored = new Set(rows.map((row) => Number(row.id)));
    assert.deepEqual(
      acknowledged.filter((id) => !stored.has(id)),
      [],
    );
    assert.equal(stored.size, rows.length);
    assert.deepEqual(check, [{ integrity_check: 'ok' }]);
  }
});
