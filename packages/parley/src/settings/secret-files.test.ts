import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadSecrets, masked } from './secret-files.ts';
import type { Secrets } from './secret-files.ts';

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-secrets-'));
  context.after(() => rm(folder, { recursive: true }));
  return path.join(folder, 'data');
}

async function load(dataFolder: string, more: { jwtSecret?: string; apiKey?: string } = {}): Promise<Secrets> {
  const loaded = await loadSecrets({ dataFolder, algorithm: 'HS256', ...more });
  assert.ok(loaded.ok);
  return loaded.secrets;
}

const currentKids = (secrets: Secrets) =>
  [secrets.rings.access, secrets.rings.connection, secrets.rings.subscription].map((ring) => ring.current()?.kid);

test('loadSecrets() generates once, for the owner alone', async (context) => {
  const folder = await folderFor(context);
  const first = await load(folder);
  assert.deepEqual(
    first.created,
    ['keys.json', 'secret-keys.json', 'api-key'].map((name) => path.join(folder, name)),
  );
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const file of first.created) assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual((await readdir(folder)).toSorted(), ['api-key', 'keys.json', 'keys.lock', 'secret-keys.json']);
  const second = await load(folder);
  assert.deepEqual(second.created, []);
  assert.deepEqual(currentKids(second), currentKids(first));
  assert.equal(second.apiKey, first.apiKey);
  assert.equal(first.apiKey.length, 43);
});

test('loadSecrets() closes files that others can read, and says so', async (context) => {
  const folder = await folderFor(context);
  await load(folder);
  const file = path.join(folder, 'keys.json');
  await chmod(file, 0o644);
  const { warnings } = await load(folder);
  assert.deepEqual(warnings, [
    `${file} could be read by other accounts; it is closed now. If others use this machine, rotate the keys.`,
  ]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('loadSecrets() refuses a damaged key file and leaves it as it is', async (context) => {
  const folder = await folderFor(context);
  await load(folder);
  const file = path.join(folder, 'keys.json');
  const half = (await readFile(file, 'utf8')).slice(0, 100);
  await writeFile(file, half);
  const loaded = await loadSecrets({ dataFolder: folder, algorithm: 'HS256' });
  assert.equal(loaded.ok, false);
  assert.match(loaded.ok ? '' : loaded.problem, /keys\.json: the file: .* Restore it from a backup/);
  assert.equal(await readFile(file, 'utf8'), half);
});

test('loadSecrets() refuses an API key file that protects nothing, and a folder in the place of a file', async (context) => {
  const folder = await folderFor(context);
  await load(folder);
  await writeFile(path.join(folder, 'api-key'), '\n');
  const loaded = await loadSecrets({ dataFolder: folder, algorithm: 'HS256' });
  assert.equal(loaded.ok, false);
  assert.match(loaded.ok ? '' : loaded.problem, /api-key must hold a random text of at least 20 .* Move it away/);
  await rm(path.join(folder, 'keys.json'));
  await mkdir(path.join(folder, 'keys.json'), { mode: 0o700 });
  await assert.rejects(loadSecrets({ dataFolder: folder, algorithm: 'HS256' }), /keys\.json is not a file\. Move it/);
});

test('loadSecrets() signs with JWT_SECRET and keeps the keys of the file for verifying', async (context) => {
  const folder = await folderFor(context);
  const before = await load(folder);
  const after = await load(folder, { jwtSecret: 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw' });
  assert.equal(after.rings.access.current()?.kid, 'jwt-secret');
  assert.equal(after.rings.access.find(before.rings.access.current()?.kid ?? '')?.state, 'retired');
  assert.deepEqual(currentKids(after).slice(1), currentKids(before).slice(1));
  assert.deepEqual(currentKids(await load(folder)), currentKids(before));
});

test('loadSecrets() takes the API key of the environment and writes none then', async (context) => {
  const folder = await folderFor(context);
  const secrets = await load(folder, { apiKey: 'from-the-environment-42' });
  assert.equal(secrets.apiKey, 'from-the-environment-42');
  assert.deepEqual(secrets.created, [path.join(folder, 'keys.json'), path.join(folder, 'secret-keys.json')]);
});

test('loadSecrets() refuses E70 a JWT_SECRET that is a key of another ring', async (context) => {
  const folder = await folderFor(context);
  const jwtSecret = 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw';
  await load(folder);
  const file = path.join(folder, 'keys.json');
  const keys = JSON.parse(await readFile(file, 'utf8'));
  keys.connection.keys[0].k = Buffer.from(jwtSecret).toString('base64url');
  await writeFile(file, JSON.stringify(keys));
  const loaded = await loadSecrets({ dataFolder: folder, algorithm: 'HS256', jwtSecret });
  assert.deepEqual(loaded, {
    ok: false,
    problem: 'JWT_SECRET is refused: the same key material is used twice; every ring needs keys of its own',
  });
});

test('loadSecrets() signs with JWT_SECRET under HS512', async (context) => {
  const folder = await folderFor(context);
  const jwtSecret = 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0MwQz7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw9sXyZw';
  const loaded = await loadSecrets({ dataFolder: folder, algorithm: 'HS512', jwtSecret });
  assert.ok(loaded.ok);
  assert.equal(loaded.secrets.rings.access.current()?.alg, 'HS512');
  const short = await loadSecrets({ dataFolder: folder, algorithm: 'HS512', jwtSecret: jwtSecret.slice(0, 60) });
  assert.match(
    short.ok ? '' : short.problem,
    /^JWT_SECRET is refused: the secret is shorter than its algorithm asks for/,
  );
});

test('masked() shows four characters', () => {
  assert.equal(masked('abcdefghij'), 'abcd… (10 characters)');
});
