import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openSqlite } from '@parley/api';
import { pino } from 'pino';
import { main } from './main.ts';

interface Told {
  code: number;
  out: string;
  error: string;
}

async function run(
  argv: string[],
  options: { environment?: Record<string, string>; isTerminal?: boolean; input?: string } = {},
): Promise<Told> {
  const told = { out: '', error: '' };
  const code = await main(argv, {
    environment: options.environment ?? {},
    isTerminal: options.isTerminal ?? false,
    out: (text) => void (told.out += text),
    error: (text) => void (told.error += text),
    readFile: () => {
      throw new Error('no files here');
    },
    readInput: async () => options.input ?? '',
  });
  return { code, ...told };
}

async function dataFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-main-'));
  context.after(() => rm(folder, { recursive: true }));
  return path.join(folder, 'data');
}

test('main() ends with 2 for what it does not understand, and says so', async () => {
  for (const argv of [
    ['strat'],
    ['start', '--prot', '1'],
    ['token', 'mint'],
    ['user', 'create'],
    ['keys', 'generate', '--ring', 'all', '--alg', 'RS1'],
  ]) {
    const told = await run(argv);
    assert.equal(told.code, 2, argv.join(' '));
    assert.match(told.error, /^error: /, argv.join(' '));
    assert.equal(told.out, '', argv.join(' '));
  }
});

test('main() begins the help of every command with an example', async () => {
  const commands = [
    ['start'],
    ['init'],
    ['doctor'],
    ['keys', 'generate'],
    ['user', 'create'],
    ['user', 'role'],
    ['token', 'mint'],
    ['token', 'check'],
    ['audit', 'verify'],
    ['audit', 'export'],
    ['audit', 'prune'],
  ];
  for (const words of commands) {
    const told = await run([...words, '--help']);
    assert.equal(told.code, 0);
    assert.match(told.out, /^Example: .*parley /, words.join(' '));
  }
});

test('keys generate prints a fresh secret of 256 bits, as JSON if asked', async () => {
  const [first, second] = [await run(['keys', 'generate']), await run(['keys', 'generate', '--json'])];
  assert.match(first.out, /^[\w-]{43}\n$/);
  const record = JSON.parse(second.out) as { ok: boolean; secret: string };
  assert.equal(record.ok, true);
  assert.notEqual(`${record.secret}\n`, first.out);
});

test('init makes the folder once and prints every setting; the key itself is not shown', async (context) => {
  const folder = await dataFolder(context);
  const first = await run(['init', '--data', folder]);
  assert.match(first.out, /^written: .*keys\.json, .*api-key$/m);
  assert.match(first.out, /^API key for your own backend: .{4}… \(43 characters\), in .*api-key$/m);
  assert.match(first.out, /^# PORT=8000 /m);
  const second = await run(['init', '--data', folder]);
  assert.match(second.out, /^the keys were there already; nothing was changed$/m);
});

test('token mint and token check agree, and check never repeats the token', async (context) => {
  const folder = await dataFolder(context);
  const minted = await run(['token', 'mint', '--user', '42', '--channel', 'app:a', 'app:b', '--data', folder]);
  const token = minted.out.trim();
  const good = await run(['token', 'check', '--json', '--data', folder], { input: `${token}\n` });
  const record = JSON.parse(good.out) as { kind: string; claims: { sub: string; channels: string[] } };
  assert.deepEqual(
    [good.code, record.kind, record.claims.sub, record.claims.channels],
    [0, 'connection', '42', ['app:a', 'app:b']],
  );
  const elsewhere = await run(['token', 'check', token, '--data', folder, '--public-url', 'https://other.example.org']);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.error, /connection: issuer/);
  for (const told of [good, elsewhere]) assert.ok(!(told.out + told.error).includes(token));
});

test('main() colours only on a terminal that wants it', async () => {
  const argv = ['start', '--port', 'x'];
  const [esc] = '\u001B';
  assert.ok((await run(argv, { isTerminal: true })).error.includes(`${esc}[31m`));
  assert.ok(!(await run(argv, { isTerminal: true, environment: { NO_COLOR: '1' } })).error.includes(`${esc}[`));
  assert.ok(!(await run(argv)).error.includes(`${esc}[`));
  const json = await run([...argv, '--json'], { isTerminal: true });
  assert.equal(json.out, '{"ok":false,"error":"PORT must be a whole number from 0 to 65535"}\n');
});

test('audit verify and export work beside a server that has the database; prune does not', async (context) => {
  const data = await dataFolder(context);
  const input = { input: 'correct horse battery' };
  const made = await run(['user', 'create', '--data', data, '--email', 'a@example.org', '--name', 'Ada'], input);
  assert.equal(made.code, 0, made.error);
  assert.equal((await run(['audit', 'export', '--data', data])).code, 0);
  const alone = await run(['audit', 'verify', '--data', data, '--json']);
  const { checked, lastHash } = JSON.parse(alone.out) as { checked: number; lastHash: string };
  assert.ok(checked >= 1);
  const server = await openSqlite({ file: path.join(data, 'parley.db'), log: pino({ level: 'silent' }) });
  try {
    const beside = await run(['audit', 'verify', '--data', data, '--expect', lastHash]);
    assert.deepEqual([beside.code, beside.error], [0, '']);
    const exported = await run(['audit', 'export', '--data', data, '--name', 'audit.*']);
    assert.match(exported.out, /^\{.*"name":"audit.export".*\}\n$/);
    const pruned = await run(['audit', 'prune', '--data', data, '--before', '2026-01-01']);
    assert.match(pruned.error, /stop the server first/);
  } finally {
    await server.close();
  }
  const stranger = await run(['audit', 'verify', '--data', data, '--expect', 'f'.repeat(64)]);
  assert.deepEqual([stranger.code, /not in the chain/.test(stranger.error)], [1, true]);
  assert.equal((await run(['audit', 'prune', '--data', data, '--before', 'soon'])).code, 2);
});
