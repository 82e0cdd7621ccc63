import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, startServer } from './support/command.ts';
import { freePort } from './support/server.ts';

const execute = promisify(execFile);

/** The marked blocks of the README, by name. */
async function readBlocks(): Promise<Map<string, string>> {
  const text = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const blocks = text.matchAll(/^```\w+ readme=(\S+)\n(.*?)^```$/gms);
  return new Map([...blocks].map(([, name = '', body = '']) => [name, body]));
}

/** A folder inside of the repository, where the snippets find the packages that they import. */
async function makeFolder(context: TestContext): Promise<string> {
  const cache = path.join(ROOT, 'node_modules', '.cache', 'parley');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'readme-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a snippet; `line(n)` resolves with its n-th line of output. */
function runSnippet(context: TestContext, file: string, environment: NodeJS.ProcessEnv) {
  const child: ChildProcess = spawn(process.execPath, [file], {
    cwd: path.dirname(file),
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdout !== null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    nextLine: async (): Promise<string | undefined> => (await lines.next()).value as string | undefined,
  };
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test(
  'README: the ten-minute path does what it says',
  { skip: hasCurl ? false : 'curl is not installed', timeout: 60_000 },
  async (context) => {
    const blocks = await readBlocks();
    assert.deepEqual([...blocks.keys()], ['1-secret', 'backend.mjs', 'client.mjs', '4-publish', 'output']);
    const folder = await makeFolder(context);
    const ports = { parley: await freePort(), backend: await freePort() };
    const localised = (name: string): string =>
      (blocks.get(name) ?? '')
        .replaceAll('localhost:8000', `localhost:${ports.parley}`)
        .replaceAll('localhost:3000', `localhost:${ports.backend}`)
        .replaceAll('listen(3000', `listen(${ports.backend}`);
    for (const name of ['backend.mjs', 'client.mjs']) await writeFile(path.join(folder, name), localised(name));

    const script = `${blocks.get('1-secret') ?? ''}\nprintf %s "$CENTRIFUGO_HMAC_SECRET_KEY"`;
    const { stdout: secret } = await execute('bash', ['-euc', script], { cwd: ROOT });
    assert.match(secret, /^[\w-]{43}$/);
    const dataFolder = path.join(folder, 'data');
    await startServer(context, {
      dataFolder,
      port: ports.parley,
      environment: { CENTRIFUGO_HMAC_SECRET_KEY: secret },
    });
    const environment = { ...process.env, CENTRIFUGO_HMAC_SECRET_KEY: secret };
    const backend = runSnippet(context, path.join(folder, 'backend.mjs'), environment);
    assert.equal(await backend.nextLine(), 'backend is ready');
    const client = runSnippet(context, path.join(folder, 'client.mjs'), process.env);
    const expected = (blocks.get('output') ?? '').trimEnd().split('\n');
    assert.equal(await client.nextLine(), expected[0]);
    const { stdout } = await execute('bash', ['-euc', localised('4-publish')], { cwd: folder });
    assert.match(stdout, /^\{"result":\{/);
    assert.equal(await client.nextLine(), expected[1]);
  },
);

test('README: every link into the repository leads somewhere', async () => {
  const text = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target);
  assert.ok(targets.length > 5);
  assert.deepEqual(
    targets.filter((target) => !existsSync(path.join(ROOT, target))),
    [],
  );
});
