import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from './support/command.ts';
import { freePort } from './support/server.ts';
import { assertLinks, makeSnippetFolder, readSnippets, runSnippet } from './support/snippets.ts';

const execute = promisify(execFile);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test(
  'docs/gateway.md: every step does what it says',
  { skip: hasCurl ? false : 'curl is not installed', timeout: 60_000 },
  async (context) => {
    const blocks = await readSnippets('docs/gateway.md');
    const folder = await makeSnippetFolder(context);
    const port = await freePort();
    const localised = (name: string): string => {
      const text = blocks.get(name);
      assert.ok(text !== undefined, `there is a block ${name}`);
      return text
        .replaceAll('/path/to/parley', ROOT)
        .replaceAll('localhost:8000', `localhost:${port}`)
        .replaceAll('0.0.0.0:8000', `127.0.0.1:${port}`);
    };
    const command = localised('1-command');
    const { PATH, HOME } = process.env;
    const environment = {
      PATH: `${path.dirname(process.execPath)}:${PATH}`,
      HOME,
      CENTRIFUGO_HTTP_SERVER_ADDRESS: '127.0.0.1',
      CENTRIFUGO_HTTP_SERVER_PORT: String(port),
    };
    const type = async (name: string, env: NodeJS.ProcessEnv = environment): Promise<string> => {
      const script = `${command}\n${localised(name)}`;
      return (await execute('bash', ['-euc', script], { cwd: folder, env })).stdout;
    };

    assert.match(await type('2-genconfig'), /^written: config\.json/);
    const file = path.join(folder, 'config.json');
    const generated = JSON.parse(await readFile(file, 'utf8')) as object;
    const added = JSON.parse(localised('namespace.json')) as object;
    await writeFile(file, JSON.stringify({ ...generated, ...added }));
    assert.match(await type('3-check'), /the configuration is good\n$/);
    const gateway = runSnippet(context, ['bash', '-euc', `${command}\n${localised('4-start')}`], {
      folder,
      environment,
    });
    assert.equal(`${await gateway.nextLine()}\n`, localised('greeting'));

    const token = await execute('bash', ['-euc', `${command}\n${localised('5-token')}\nprintf %s "$TOKEN"`], {
      cwd: folder,
      env: environment,
    });
    await writeFile(path.join(folder, 'client.mjs'), localised('client.mjs'));
    const client = runSnippet(context, [process.execPath, 'client.mjs'], {
      folder,
      environment: { ...environment, TOKEN: token.stdout },
    });
    const expected = localised('output').trimEnd().split('\n');
    assert.equal(await client.nextLine(), expected[0]);
    assert.match(await type('6-publish'), /^\{"result":\{"offset":1,/);
    assert.equal(await client.nextLine(), expected[1]);
    const key = { ...environment, API_KEY: (generated as { http_api: { key: string } }).http_api.key };
    assert.match(await type('7-recovery', key), /^\{"result":\{\}\}\{"result":\{"offset":2,/);
    assert.equal(await client.nextLine(), expected[2]);
    assert.equal(await client.nextLine(), expected[3]);
    const history = JSON.parse(await type('8-history', key)) as { result: { publications: object[] } };
    assert.deepEqual(history.result.publications, [
      { data: { text: 'hello' }, offset: 1 },
      { data: { text: 'while you were away' }, offset: 2 },
    ]);
    assert.equal(await type('10-metrics'), 'centrifugo_node_num_clients 1\n');
  },
);

test('docs/gateway.md: the command with workers starts', { timeout: 60_000 }, async (context) => {
  const blocks = await readSnippets('docs/gateway.md');
  const folder = await makeSnippetFolder(context);
  await writeFile(path.join(folder, 'config.json'), '{}');
  const script = [blocks.get('1-command'), blocks.get('9-workers')].join('\n').replaceAll('/path/to/parley', ROOT);
  const { PATH, HOME } = process.env;
  const environment = { PATH, HOME, CENTRIFUGO_HTTP_SERVER_PORT: '0', CENTRIFUGO_HTTP_SERVER_ADDRESS: '127.0.0.1' };
  const gateway = runSnippet(context, ['bash', '-euc', script], { folder, environment });
  assert.match(
    (await gateway.nextLine()) ?? '',
    /^Parley gateway .* on http:\/\/127\.0\.0\.1:\d+: websocket, http_api$/,
  );
});

test('docs/gateway.md: every link leads somewhere', () => assertLinks('docs/gateway.md'));
