import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, startServer } from './support/command.ts';
import { freePort } from './support/server.ts';
import { assertLinks, makeSnippetFolder, readSnippets, runSnippet } from './support/snippets.ts';

const execute = promisify(execFile);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test(
  'README: the ten-minute path does what it says',
  { skip: hasCurl ? false : 'curl is not installed', timeout: 60_000 },
  async (context) => {
    const blocks = await readSnippets('README.md');
    assert.deepEqual([...blocks.keys()], ['1-secret', 'backend.mjs', 'client.mjs', '4-publish', 'output']);
    const folder = await makeSnippetFolder(context);
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
    const backend = runSnippet(context, [process.execPath, 'backend.mjs'], { folder, environment });
    assert.equal(await backend.nextLine(), 'backend is ready');
    const client = runSnippet(context, [process.execPath, 'client.mjs'], { folder, environment: process.env });
    const expected = (blocks.get('output') ?? '').trimEnd().split('\n');
    assert.equal(await client.nextLine(), expected[0]);
    const { stdout } = await execute('bash', ['-euc', localised('4-publish')], { cwd: folder });
    assert.match(stdout, /^\{"result":\{/);
    assert.equal(await client.nextLine(), expected[1]);
  },
);

test('README: every link into the repository leads somewhere', () => assertLinks('README.md'));
