import assert from 'node:assert/strict';
import { test } from 'node:test';
import { main } from '../../main.ts';

const config = JSON.stringify({ client: { token: { hmac_secret_key: 'canary-secret' } }, clint: {} });

async function run(argv: string[], options: { files?: Record<string, string>; input?: string } = {}) {
  const told = { out: '', error: '' };
  const files: Record<string, string> = { 'config.json': config, ...options.files };
  const code = await main(['gateway', ...argv], {
    environment: {},
    isTerminal: false,
    out: (text) => void (told.out += text),
    error: (text) => void (told.error += text),
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
      return text;
    },
    readInput: async () => options.input ?? '',
  });
  return { code, ...told };
}

test('checkconfig warns of unknown options, and fails on them when it is strict', async () => {
  const lenient = await run(['checkconfig']);
  assert.deepEqual([lenient.code, lenient.error], [0, '']);
  assert.match(lenient.out, /^warning: clint is not an option of this server$/m);
  assert.match(lenient.out, /^warning: client\.token\.hmac_secret_key is weak/m);
  assert.match(lenient.out, /^the configuration is good$/m);
  const strict = await run(['checkconfig', '-s']);
  assert.deepEqual([strict.code, strict.error], [1, 'error: clint is not an option of this server\n']);
  const wrong = await run(['checkconfig', '-c', 'x.json'], { files: { 'x.json': '{"sse":{"enabled":7},"clint":{}}' } });
  assert.deepEqual([wrong.code, wrong.error], [1, 'error: sse.enabled must be true or false\n']);
  assert.equal(wrong.out, 'warning: clint is not an option of this server\nthe configuration is refused\n');
});

test('gentoken and gensubtoken sign what checktoken and checksubtoken accept, and not each other', async () => {
  const connection = (await run(['gentoken', '-u', '42', '-q'])).out.trim();
  const checked = await run(['checktoken', connection]);
  assert.equal(checked.code, 0);
  assert.match(checked.out, /^a good connection token of user "42", which expires at /);
  const subscription = (await run(['gensubtoken', '-u', '42', '-s', 'news', '-t', '-1', '-q'])).out.trim();
  const good = await run(['checksubtoken'], { input: `${subscription}\n` });
  assert.match(good.out, /^a good subscription token of user "42" on channel "news", which does not expire\n/);
  for (const [command, token] of [
    ['checktoken', subscription],
    ['checksubtoken', connection],
    ['checktoken', `${connection}x`],
  ] as const) {
    const refused = await run([command, token]);
    assert.deepEqual([refused.code, refused.out], [1, ''], command);
    assert.match(refused.error, /^error: the token is refused: /);
  }
  for (const told of [checked, good]) assert.doesNotMatch(told.out + told.error, /canary/);
});

test('gentoken refuses what it cannot sign', async () => {
  assert.equal((await run(['gentoken', '-t', '0'])).code, 2);
  const none = await run(['gentoken', '-c', 'x.json'], { files: { 'x.json': '{}' } });
  assert.deepEqual(
    [none.code, none.error],
    [1, 'error: client.token.hmac_secret_key is not set; without it nothing can be signed\n'],
  );
  assert.equal((await run(['gensubtoken'])).code, 2);
});

test('defaultconfig, defaultenv and configdoc print the table of options', async () => {
  const dry = await run(['defaultconfig', '--dry-run', '-b', 'config.json']);
  const printed = JSON.parse(dry.out) as {
    client: { token: { hmac_secret_key: string } };
    http_server: { port: number };
  };
  assert.deepEqual([printed.client.token.hmac_secret_key, printed.http_server.port], ['canary-secret', 8_000]);
  assert.match((await run(['defaultenv'])).out, /^CENTRIFUGO_HTTP_SERVER_PORT="8000"$/m);
  const set = await run(['defaultenv', '-b', 'config.json', '--base-non-zero-only']);
  assert.match(set.out, /^CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY="canary-secret"$/m);
  assert.match((await run(['configdoc', '-s', 'sse'])).out, /^## `sse`\n/);
  assert.equal((await run(['configdoc', '-s', 'nothing'])).code, 2);
});

test('version prints the version, and an unknown command or flag ends with 2', async () => {
  assert.match((await run(['version'])).out, /^Parley gateway \d+\.\d+\.\d+\n$/);
  assert.equal((await run(['--nothing'])).code, 2);
});
