import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayOptions, isField, isList, type Spec } from '@parley/gateway';
import fc from 'fast-check';
import { variableName } from './environment.ts';
import { type ConfigFormat, printConfig } from './format.ts';
import { type GatewaySources, type LoadedGateway, loadGatewayConfig } from './load.ts';
import type { Group } from './overlay.ts';

/** Loads with these files and nothing else. */
function load(files: Readonly<Record<string, string>>, sources: Partial<GatewaySources> = {}): LoadedGateway {
  return loadGatewayConfig({
    environment: {},
    flags: {},
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
    ...sources,
  });
}

const json = (value: unknown): Record<string, string> => ({ 'config.json': JSON.stringify(value) });

const certificate = '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n';

/** Texts of which at least one is good for every option that takes text. */
const texts = ['abc', '/abc', 'json', 'cache', 'map', 'shared_poll', 'fossil', 'memory', 'debug', '#', 'x y', 'ü'];

const valuesByType = {
  bool: [true, false],
  int: [1, 2, 9],
  duration: ['1s', '250ms', '1h30m'],
  text: texts,
  texts: [['fossil'], ['fossil', 'abc']],
  map: [{ 'X-Key': 'v', 'x-other': 'ü "quoted"' }, { a: '${CENTRIFUGO_VAR_SET}' }],
  pem: [certificate],
  object: [{ a: 1 }],
} as const;

/** One option that is set: where, and to what. */
interface Choice {
  readonly path: readonly string[];
  readonly value: unknown;
}

function choicesOf(spec: Spec, path: readonly string[] = []): Choice[] {
  return Object.entries(spec).flatMap(([name, entry]) => {
    const place = [...path, name];
    if (isList(entry)) return [];
    if (!isField(entry)) return choicesOf(entry, place);
    const sources = { variables: { CENTRIFUGO_VAR_SET: 'set' } };
    return valuesByType[entry.type]
      .filter((value) => entry.read(value, sources).ok)
      .map((value) => ({ path: place, value }));
  });
}

function setAt(root: Group, { path, value }: Choice): void {
  const names = [...path];
  const last = names.pop() ?? '';
  const group = names.reduce((at, name) => (at[name] ??= {}) as Group, root);
  group[last] = value;
}

/** The text of a variable that means the same as a value in a file. */
function variableText(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether a server would start with this option alone. */
function isGoodAlone(choice: Choice): boolean {
  const root: Group = {};
  setAt(root, choice);
  return load(json(root), { environment: { CENTRIFUGO_VAR_SET: 'set' } }).ok;
}

const someOptions = fc.array(fc.constantFrom(...choicesOf(gatewayOptions).filter(isGoodAlone)), { maxLength: 30 });
const { name: _name, ...namespaceOptions } = gatewayOptions.channel.namespaces.item;
const namespaceChoices = choicesOf(namespaceOptions).filter(({ path, value }) =>
  isGoodAlone({ path: ['channel', 'without_namespace', ...path], value }),
);
const someNamespaces = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('chat', 'a-b.c', 'x_1'),
    options: fc.array(fc.constantFrom(...namespaceChoices), { maxLength: 8 }),
  }),
  { selector: ({ name }) => name },
);

test('loadGatewayConfig() gives the same for any options, whether they stand in JSON, YAML, TOML or the environment', () => {
  let good = 0;
  fc.assert(
    fc.property(someOptions, someNamespaces, (options, namespaces) => {
      const root: Group = {};
      const variables: Record<string, string> = { CENTRIFUGO_VAR_SET: 'set' };
      for (const choice of options) {
        setAt(root, choice);
        variables[variableName(choice.path)] = variableText(choice.value);
      }
      if (namespaces.length > 0) {
        const items = namespaces.map(({ name, options: chosen }) => {
          const item: Group = { name };
          for (const choice of chosen) {
            setAt(item, choice);
            const path = ['channel', 'namespaces', name, ...choice.path];
            variables[variableName(path)] = variableText(choice.value);
          }
          return item;
        });
        setAt(root, { path: ['channel', 'namespaces'], value: items });
        variables['CENTRIFUGO_CHANNEL_NAMESPACES'] = namespaces.map(({ name }) => name).join(' ');
      }
      const environment = { CENTRIFUGO_VAR_SET: 'set' };
      const results = (['json', 'yaml', 'toml'] as const satisfies ConfigFormat[]).map((format) =>
        load({ [`x.${format}`]: printConfig(root, format) }, { file: `x.${format}`, environment }),
      );
      const fromEnvironment = load(json({}), { environment: variables });
      assert.deepEqual(results[0]?.warnings, []);
      if (results[0]?.ok === true) good += 1;
      for (const other of [...results.slice(1), fromEnvironment]) assert.deepEqual(other, results[0]);
    }),
    { numRuns: 150 },
  );
  // Refused ones are compared by their problems alone; most must not be.
  assert.ok(good > 75, `only ${good} configurations were good`);
});

test('loadGatewayConfig() prefers flags to the environment, that to the file, and that to defaults', () => {
  const files = json({ http_server: { port: 1, address: 'file', internal_port: 4 } });
  const environment = { CENTRIFUGO_HTTP_SERVER_PORT: '2', CENTRIFUGO_HTTP_SERVER_ADDRESS: 'environment' };
  const loaded = load(files, { environment, flags: { 'http_server.port': '3', 'sse.enabled': true } });
  assert.ok(loaded.ok);
  const { http_server: server, sse } = loaded.config;
  assert.deepEqual(
    [server.port, server.address, server.internal_port, server.internal_address, sse.enabled],
    [3, 'environment', 4, '', true],
  );
});

test('loadGatewayConfig() takes .env below the environment, and an empty variable as unset', () => {
  const files = { ...json({ node: { name: 'file' } }), '.env': 'CENTRIFUGO_LOG_LEVEL=debug\nCENTRIFUGO_PID_FILE=a\n' };
  const environment = { CENTRIFUGO_PID_FILE: 'b', CENTRIFUGO_NODE_NAME: '' };
  const loaded = load(files, { environment });
  assert.ok(loaded.ok);
  const { log, pid_file: pid, node } = loaded.config;
  assert.deepEqual([log.level, pid, node.name, loaded.warnings], ['debug', 'b', 'file', []]);
});

test('loadGatewayConfig() starts without a file, with a warning, and not without one that was named', () => {
  const warning = 'there is no config.json here; all options have their defaults (name a file with --config)';
  const loaded = load({});
  assert.deepEqual([loaded.ok, loaded.warnings], [true, [warning]]);
  assert.deepEqual(load({}, { file: 'mine.yaml' }), {
    ok: false,
    problems: ['mine.yaml cannot be read; look whether it is there and this account may read it'],
    warnings: [],
  });
});

test('loadGatewayConfig() says file, line and reason of a file that cannot be read, and nothing out of it', () => {
  for (const [file, text, problem] of [
    ['a.json', '{"http_api":\n {"key": "canary-1", canary-2}}', /^a\.json(:\d)?: this is no JSON$/],
    ['a.json', '{"node": {},\n "node": {"name": "canary"}}', /^a\.json:2: the same key stands twice in one object$/],
    ['a.json', 'http_api:\n  key: canary\n', /^a\.json: this is no JSON$/],
    ['a.yaml', 'http_api:\n  key: canary\n  key: canary\n', /^a\.yaml:3: the same key stands twice in one object$/],
    ['a.yml', 'http_api: [canary\nkey: 2', /^a\.yml:2: this is no YAML$/],
    ['a.yaml', '- canary', /^a\.yaml must hold one object of options$/],
    ['a.toml', '[http_api]\nkey = "canary"\nkey = "canary"\n', /^a\.toml:3: the same key stands twice$/],
    ['a.toml', '[http_api]\nkey = canary\n', /^a\.toml:2: this is no TOML$/],
    ['a.ini', 'canary', /^a\.ini must end with \.json, \.yaml, \.yml or \.toml$/],
  ] as const) {
    const loaded = load({ [file]: text }, { file });
    assert.ok(!loaded.ok, text);
    assert.equal(loaded.problems.length, 1, text);
    assert.match(loaded.problems[0] ?? '', problem);
  }
});

test('loadGatewayConfig() never repeats a value, whatever is wrong', () => {
  const wrong = (value: unknown) => ({
    client: { token: { hmac_secret_key: value, rsa_public_key: value, hmac_previous_secret_key_valid_until: value } },
    http_api: { key: value, insecure: value, handler_prefix: value, error_mode: value },
    http_server: { port: value, tls: { enabled: true, cert_pem: value, key_pem: value } },
    proxies: [{ name: 'mine', timeout: value, http: { static_headers: { a: value, b: '${CENTRIFUGO_VAR_GONE}' } } }],
    rpc: { proxy: { endpoint: value }, without_namespace: { proxy_enabled: true } },
    shared_poll: { hmac_secret_key: value, concurrency_limit: value },
    admin: { password: value, secret: value, enabled: true },
  });
  const environment = {
    CENTRIFUGO_CHANNEL_NAMESPACES: '[canary',
    CENTRIFUGO_PROXIES_MINE_HTTP_STATIC_HEADERS: '',
    CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS: 'canary',
    CENTRIFUGO_CANARY_SECRET: 'canary',
  };
  for (const value of ['canary', ['canary'], { canary: 'canary' }, 12_345.678]) {
    const loaded = load(json(wrong(value)), { environment });
    assert.ok(!loaded.ok);
    const told = [...loaded.problems, ...loaded.warnings].join('\n').replaceAll('CENTRIFUGO_CANARY_SECRET', '');
    assert.ok(loaded.problems.length > 8, told);
    assert.doesNotMatch(told.replaceAll(/\.canary is not an option/g, ''), /canary|12345/);
  }
});
