import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { rotateTo, revoke } from '@parley/tokens';
import { pino } from 'pino';
import { changeKeys, keyFilesOf, makeMissingKeys } from '../settings/key-store.ts';
import { editRing } from '../settings/ring-edit.ts';
import type { RingEdit } from '../settings/ring-edit.ts';
import { loadKeys } from '../settings/secret-files.ts';
import { createKeyKeeper, rotateBySchedule } from './key-keeper.ts';
import type { RingChange } from './key-keeper.ts';
import { rotationRules } from './keys.ts';
import { createServerTokens } from './tokens.ts';

const claims = { sub: 'u', sid: 's', uv: 0, role: 'member', scope: '', client_id: 'web' };
const now = 1_800_000_000;
const clock = { now: () => now * 1_000 };
const day = 86_400;

/** A server's keys, tokens and keeper over a new folder; `heard` resolves with the next changes. */
async function openKeys(context: TestContext, options: { jwtSecret?: string; watch?: boolean } = {}) {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'parley-keeper-'));
  context.after(() => rm(dataFolder, { recursive: true }));
  const settings = {
    dataFolder,
    algorithm: 'HS256' as const,
    ...(options.jwtSecret === undefined ? {} : { jwtSecret: options.jwtSecret }),
  };
  await makeMissingKeys(settings, 'HS256');
  const loaded = await loadKeys(settings, []);
  assert.ok(loaded.ok);
  const tokens = createServerTokens(
    { issuer: 'https://parley.example', rings: loaded.keys.rings, accessTokenLife: 900 },
    clock,
  );
  const heard = Promise.withResolvers<readonly RingChange[]>();
  const keeper = createKeyKeeper({
    live: loaded.keys,
    log: pino({ level: 'silent' }),
    read: () => loadKeys(settings, []),
    onChange: heard.resolve,
    files: options.watch === true ? keyFilesOf(settings) : [],
  });
  context.after(() => keeper.close());
  const edit = (name: 'access' | 'vault', step: RingEdit) =>
    changeKeys(settings, (keys) => editRing(keys, { name, algorithm: 'ES256' }, step));
  return { settings, live: loaded.keys, tokens, keeper, heard: heard.promise, edit };
}

test('createKeyKeeper() follows a rotation to another algorithm that was made on disk, by watching', async (context) => {
  const { tokens, live, heard, edit } = await openKeys(context, { watch: true });
  const old = live.rings.access.current()?.kid ?? '';
  const before = tokens.access.sign(claims, 60);
  await edit('access', async (keys, make) => ({ ok: true, keys: rotateTo(keys, await make(), now) }));
  const changes = await heard;
  const made = live.rings.access.current();
  assert.deepEqual(changes, [
    { ring: 'access', kid: made?.kid, change: 'created' },
    { ring: 'access', kid: made?.kid, change: 'promoted' },
    { ring: 'access', kid: old, change: 'retired' },
  ]);
  assert.equal(made?.alg, 'ES256');
  const after = tokens.access.verify(tokens.access.sign(claims, 60));
  assert.equal(after.ok && after.kid, made?.kid);
  assert.equal(tokens.access.verify(before).ok, true);
});

test('createKeyKeeper() refuses the tokens of a revoked key within a second of the command', async (context) => {
  const { tokens, live, heard, edit } = await openKeys(context, { watch: true });
  const kid = live.rings.access.current()?.kid ?? '';
  const token = tokens.access.sign(claims, 60);
  await edit('access', async (keys, make) => revoke(keys, { kid, fresh: await make() }, now));
  const written = performance.now();
  await heard;
  const tookMs = performance.now() - written;
  assert.deepEqual(tokens.access.verify(token), { ok: false, problem: 'revoked_key' });
  assert.ok(tookMs < 1_000, `${tookMs} ms`);
  assert.equal(tokens.access.verify(tokens.access.sign(claims, 60)).ok, true);
});

test('createKeyKeeper() keeps what is in force when the file is damaged', async (context) => {
  const { settings, keeper, tokens } = await openKeys(context);
  const token = tokens.access.sign(claims, 60);
  await writeFile(path.join(settings.dataFolder, 'keys.json'), '{"access":');
  assert.equal(await keeper.reload(), false);
  await rm(path.join(settings.dataFolder, 'keys.json'));
  assert.equal(await keeper.reload(), false);
  assert.equal(tokens.access.verify(token).ok, true);
  assert.equal(tokens.access.verify(tokens.access.sign(claims, 60)).ok, true);
});

test('createKeyKeeper() tells that JWT_SECRET was exchanged, as a revoked key and a new one', async (context) => {
  const { settings, keeper, tokens, heard } = await openKeys(context, {
    jwtSecret: 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw',
  });
  const token = tokens.access.sign(claims, 60);
  settings.jwtSecret = 'Zr3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw';
  assert.equal(await keeper.reload(), true);
  assert.deepEqual(await heard, [
    { ring: 'access', kid: 'jwt-secret', change: 'revoked' },
    { ring: 'access', kid: 'jwt-secret', change: 'promoted' },
  ]);
  assert.deepEqual(tokens.access.verify(token), { ok: false, problem: 'signature' });
});

test('createKeyKeeper() takes over the secret rings in place', async (context) => {
  const { keeper, live, edit } = await openKeys(context);
  const old = live.secretKeys.current('vault');
  await edit('vault', async (keys, make) => ({ ok: true, keys: rotateTo(keys, await make(), now) }));
  await keeper.reload();
  assert.notEqual(live.secretKeys.current('vault').kid, old.kid);
  assert.equal(live.secretKeys.find('vault', old.kid)?.state, 'retired');
});

test('rotateBySchedule() takes a ring through two intervals, and a second process does nothing twice', async (context) => {
  const { settings, keeper, live } = await openKeys(context);
  const rules = rotationRules(30 * day);
  const runAt = async (seconds: number): Promise<string[]> => {
    const schedule = { place: settings, rings: ['access' as const], rules, algorithm: 'HS256' as const };
    const run = () => rotateBySchedule({ ...schedule, clock: { now: () => seconds * 1_000 } });
    assert.deepEqual(await Promise.all([run(), run()]), [undefined, undefined]);
    await keeper.reload();
    return live.rings.access.keys().map(({ state }) => state);
  };
  assert.deepEqual(await runAt(now), ['current']);
  assert.deepEqual(await runAt(now + 30 * day - 7_201), ['current']);
  assert.deepEqual(await runAt(now + 30 * day - 7_200), ['current', 'next']);
  assert.deepEqual(await runAt(now + 30 * day), ['retired', 'current']);
  assert.deepEqual(await runAt(now + 31 * day + 3_599), ['retired', 'current']);
  assert.deepEqual(await runAt(now + 31 * day + 3_600), ['current']);
  assert.deepEqual(await runAt(now + 60 * day - 7_200), ['current', 'next']);
  assert.deepEqual(await runAt(now + 60 * day), ['retired', 'current']);
});
