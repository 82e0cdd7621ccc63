// Checks `parley password`: a proposed cost, accounts that come in, and wrapping that survives being killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type TestContext } from 'node:test';
import { openSqlite } from '@parley/api';
import { pino } from 'pino';
import { main } from '../main.ts';
import { readSettings } from '../settings/settings.ts';

const bin = fileURLToPath(new URL('../../bin/parley.mjs', import.meta.url));
const environment = { NODE_ENV: 'development' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-password-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function run(...argv: string[]): Promise<{ code: number; out: string }> {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const code = await main(argv, {
    environment,
    isTerminal: false,
    out: write,
    error: write,
    readFile: () => '',
    readInput: () => Promise.resolve(''),
  });
  return { code, out: written.join('') };
}

async function schemesIn(folder: string): Promise<Record<string, number>> {
  const database = await openSqlite({ file: path.join(folder, 'parley.db'), log: pino({ level: 'silent' }) });
  try {
    const rows = await database.read.selectFrom('users').select(['password_scheme', 'password_hash']).execute();
    const counts: Record<string, number> = {};
    for (const row of rows) {
      const isWrapped = row.password_hash.startsWith('$argon2id$');
      const key = `${row.password_scheme} ${isWrapped ? 'wrapped' : 'bare'}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  } finally {
    await database.close();
  }
}

test('password calibrate proposes settings that the server takes, in JSON', async () => {
  const { code, out } = await run('password', 'calibrate', '--target', '5000', '--json');
  const answer = JSON.parse(out);
  assert.equal(code, 0);
  assert.ok(answer.measured.length >= 1 && answer.loginsPerSecond > 0);
  const production = { ...answer.settings, NODE_ENV: 'production' };
  const read = readSettings({ environment: production, flags: {}, readFile: () => '' });
  assert.ok(read.ok);
  assert.equal(String(read.settings.passwords.argon2.memoryCost), answer.settings.PARLEY_ARGON2_MEMORY_KIB);
});

test('readSettings() refuses a password cost below the minimum outside development, and odd lengths', () => {
  const wrong: [string, string][] = [
    ['PARLEY_ARGON2_MEMORY_KIB', '19455'],
    ['PARLEY_ARGON2_TIME', '1'],
    ['PARLEY_ARGON2_PARALLELISM', '0'],
    ['PARLEY_PASSWORD_MIN_LENGTH', '7'],
    ['PARLEY_PASSWORD_MIN_LENGTH', '65'],
    ['PARLEY_PASSWORD_PARALLEL', '0'],
  ];
  for (const [name, value] of wrong) {
    const read = readSettings({ environment: { [name]: value }, flags: {}, readFile: () => '' });
    assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.name), [name], `${name}=${value}`);
  }
  const defaults = readSettings({ environment: {}, flags: {}, readFile: () => '' });
  assert.ok(defaults.ok);
  const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  assert.deepEqual(defaults.settings.passwords, { argon2, minLength: 12 });
});

test('password import names each line that it leaves out, never its text, and can be repeated', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'people.ndjson');
  const digest = sha256('an old one');
  const lines = [
    { email: 'a@example.org', name: 'A', sha256: digest.toUpperCase() },
    { email: 'b@example.org', name: 'B', sha256: Buffer.from(digest, 'hex').toString('base64'), bytes: 'latin1' },
    { email: 'c@example.org', name: 'C', sha256: `${digest}\n`, role: 'manager' },
    { email: 'A@EXAMPLE.org', name: 'A again', sha256: digest },
    { email: 'two@at@example.org', name: 'D', sha256: digest },
    { email: 'e@example.org', name: 'E', sha256: 'secret-in-a-wrong-place' },
    { email: 'f@example.org', name: 'F', sha256: digest, extra: 1 },
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const first = await run('password', 'import', file, '--data', folder, '--json');
  assert.equal(first.code, 1);
  const summary = JSON.parse(first.out.trim().split('\n').at(-1) ?? '');
  assert.deepEqual(summary, {
    ok: false,
    imported: 3,
    known: 1,
    bad_email: 1,
    bad_name: 0,
    bad_digest: 1,
    bad_line: 1,
  });
  assert.equal(first.out.includes('secret-in-a-wrong-place') || first.out.includes(digest), false);
  const again = await run('password', 'import', file, '--data', folder);
  assert.match(again.out, /0 imported, 4 known already, 3 left out/);
  assert.deepEqual(await schemesIn(folder), { 'sha256 bare': 2, 'sha256-latin1 bare': 1 });
  assert.equal((await run('password', 'wrap', '--data', folder)).code, 0);
  assert.deepEqual(await schemesIn(folder), { 'argon2id-sha256 wrapped': 2, 'argon2id-sha256-latin1 wrapped': 1 });
});

test('password wrap goes on after kill -9 until nothing is left, and wraps nothing twice', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'people.ndjson');
  const people = Array.from({ length: 400 }, (_, at) => ({
    email: `p${at}@example.org`,
    name: `P${at}`,
    sha256: sha256(`password ${at}`),
  }));
  writeFileSync(file, people.map((line) => `${JSON.stringify(line)}\n`).join(''));
  assert.equal((await run('password', 'import', file, '--data', folder)).code, 0);
  const child = spawn(process.execPath, [bin, 'password', 'wrap', '--data', folder, '--json'], {
    env: { ...process.env, ...environment, PARLEY_ARGON2_MEMORY_KIB: '65536' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The first line says that a batch has been stored.
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const halfway = await schemesIn(folder);
  const wrapped = halfway['argon2id-sha256 wrapped'] ?? 0;
  assert.ok(wrapped > 0 && wrapped < 400, `${wrapped} wrapped when it was killed`);
  assert.equal(wrapped + (halfway['sha256 bare'] ?? 0), 400);
  const rest = await run('password', 'wrap', '--data', folder, '--json');
  const done = JSON.parse(rest.out.trim().split('\n').at(-1) ?? '');
  assert.deepEqual([done.wrapped, done.remaining], [400 - wrapped, 0]);
  assert.deepEqual(await schemesIn(folder), { 'argon2id-sha256 wrapped': 400 });
});
