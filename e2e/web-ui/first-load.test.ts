// Proves how much a browser fetches before the page shows anything: what only some people open is loaded when they do.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { missing } from './open-page.ts';

const DIST = new URL('../../packages/web/dist/', import.meta.url);
/** Bytes after gzip; the page had 203,000 before it knew accounts and administration. */
const BUDGET = 215_000;

test('the first load stays within its budget and holds no schema library', { skip: missing }, async () => {
  const page = await readFile(new URL('index.html', DIST), 'utf8');
  const names = Array.from(page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g), ([, name]) => name ?? '');
  const files = await Promise.all(names.map((name) => readFile(new URL(name, DIST))));
  assert.ok(files.length >= 3, 'the page names its script, its styles and what they need');
  const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  assert.ok(bytes <= BUDGET, `${bytes} bytes`);
  assert.equal(
    files.some((file) => file.includes('ZodError')),
    false,
  );
});
