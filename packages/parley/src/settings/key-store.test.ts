import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { algorithmNames, rotateTo } from '@parley/tokens';
import { changeKeys, keyFilesOf, makeMissingKeys, readKeys } from './key-store.ts';
import type { KeyPlace } from './key-store.ts';
import { editRing } from './ring-edit.ts';

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-keys-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

const rotate = (place: KeyPlace, name: 'access' | 'pepper', at: number) =>
  changeKeys(place, (keys) =>
    editRing(keys, { name, algorithm: 'HS256' }, async (present, make) => ({
      ok: true,
      keys: rotateTo(present, await make(), at),
    })),
  );

test('makeMissingKeys() makes both files of a folder once, under every algorithm', async (context) => {
  const folder = await folderFor(context);
  for (const algorithm of algorithmNames) {
    const place = { dataFolder: path.join(folder, algorithm) };
    assert.deepEqual(await makeMissingKeys(place, algorithm), keyFilesOf(place));
    assert.deepEqual(await makeMissingKeys(place, algorithm), []);
    const read = await readKeys(place, []);
    assert.ok(read.ok);
    assert.equal(read.keys.rings.subscription.current()?.alg, algorithm);
  }
});

test('makeMissingKeys() called by many at once gives all of them the same keys', async (context) => {
  const place = { dataFolder: await folderFor(context) };
  const made = await Promise.all(Array.from({ length: 8 }, () => makeMissingKeys(place, 'HS256')));
  assert.deepEqual(made.flat().toSorted(), keyFilesOf(place).toSorted());
});

test('changeKeys() loses no change of many made at once, and writes only the file that is different', async (context) => {
  const place = { dataFolder: await folderFor(context) };
  await makeMissingKeys(place, 'HS256');
  const [, secretFile = ''] = keyFilesOf(place);
  const before = await stat(secretFile);
  const changed = await Promise.all(Array.from({ length: 8 }, (_, at) => rotate(place, 'access', 1_000 + at)));
  assert.ok(changed.every(({ ok }) => ok));
  const read = await readKeys(place, []);
  assert.ok(read.ok);
  assert.equal(read.keys.rings.access.keys().length, 9);
  assert.equal((await stat(secretFile)).ino, before.ino);
  await rotate(place, 'pepper', 2_000);
  const again = await readKeys(place, []);
  assert.ok(again.ok);
  assert.deepEqual(
    again.keys.secretKeys.keys('pepper').map(({ state }) => state),
    ['current', 'retired'],
  );
  assert.deepEqual((await readdir(place.dataFolder)).toSorted(), ['keys.json', 'keys.lock', 'secret-keys.json']);
});

test('changeKeys() writes nothing when the step is refused or the file is damaged', async (context) => {
  const place = { dataFolder: await folderFor(context) };
  await makeMissingKeys(place, 'HS256');
  const [file = ''] = keyFilesOf(place);
  const text = await readFile(file, 'utf8');
  const refused = await changeKeys(place, async (keys) => {
    keys.rings.access.replace([]);
    return { ok: false as const, problem: 'no' };
  });
  assert.deepEqual(refused, { ok: false, problem: 'no' });
  assert.equal(await readFile(file, 'utf8'), text);
  await writeFile(file, text.slice(0, 50));
  const damaged = await rotate(place, 'access', 1);
  assert.equal(damaged.ok, false);
  assert.equal(await readFile(file, 'utf8'), text.slice(0, 50));
});

test('readKeys() takes all six rings from a given file, warns of one that everybody reads, and makes none', async (context) => {
  const folder = await folderFor(context);
  const place = { dataFolder: path.join(folder, 'data'), keysFile: path.join(folder, 'all.json') };
  const missing = await readKeys(place, []);
  assert.equal(missing.ok, false);
  assert.match(missing.ok ? '' : missing.problem, /^PARLEY_KEYS_FILE: .*all\.json is not there\. Mount it, or make it/);
  assert.deepEqual(await makeMissingKeys(place, 'ES256'), [place.keysFile]);
  const warnings: string[] = [];
  await chmod(place.keysFile, 0o444);
  const read = await readKeys(place, warnings);
  assert.ok(read.ok);
  assert.deepEqual(Object.keys(JSON.parse(await readFile(place.keysFile, 'utf8'))), [
    'access',
    'connection',
    'subscription',
    'device',
    'pepper',
    'vault',
  ]);
  assert.deepEqual(warnings, [
    `${place.keysFile} can be read by every account of this machine; give it mode 0400 or 0440`,
  ]);
  assert.equal((await stat(place.keysFile)).mode & 0o777, 0o444);
});
