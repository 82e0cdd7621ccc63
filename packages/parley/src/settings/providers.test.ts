// Checks how sign-in providers are read from settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from './settings.ts';

const acme = { PARLEY_OIDC_ACME_ISSUER: 'https://id.example', PARLEY_OIDC_ACME_CLIENT_ID: 'parley' };

const read = (environment: Record<string, string>) =>
  readSettings({ environment, flags: {}, readFile: (path) => (path === '/run/secret' ? 'from-the-file\n' : '') });

function providersOf(environment: Record<string, string>) {
  const result = read(environment);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
  return result.settings.providers;
}

const problemsOf = (environment: Record<string, string>): string[] => {
  const result = read(environment);
  return result.ok ? [] : result.problems.map(({ message }) => message);
};

test('readSettings() reads a provider with its defaults', () => {
  assert.deepEqual(providersOf(acme), [
    {
      id: 'acme',
      name: 'id.example',
      issuer: 'https://id.example',
      clientId: 'parley',
      accounts: 'follow',
      linksByEmail: false,
      asksSecondFactor: false,
      allowsPrivateAddress: false,
    },
  ]);
});

test('readSettings() reads several providers, each with all that it can have', () => {
  const [first, second] = providersOf({
    ...acme,
    PARLEY_OIDC_MY_FIRM_ISSUER: 'https://sso.firm.example/realms/all',
    PARLEY_OIDC_MY_FIRM_CLIENT_ID: 'p',
    PARLEY_OIDC_MY_FIRM_CLIENT_SECRET_FILE: '/run/secret',
    PARLEY_OIDC_MY_FIRM_NAME: 'My Firm',
    PARLEY_OIDC_MY_FIRM_ALLOW_REGISTRATION: 'on',
    PARLEY_OIDC_MY_FIRM_LINK_BY_EMAIL: 'on',
    PARLEY_OIDC_MY_FIRM_SECOND_FACTOR: 'on',
    PARLEY_OIDC_MY_FIRM_PRIVATE_ADDRESS: 'on',
  });
  assert.equal(first?.id, 'acme');
  assert.deepEqual(second, {
    id: 'my-firm',
    name: 'My Firm',
    issuer: 'https://sso.firm.example/realms/all',
    clientId: 'p',
    clientSecret: 'from-the-file',
    accounts: 'on',
    linksByEmail: true,
    asksSecondFactor: true,
    allowsPrivateAddress: true,
  });
});

test('readSettings() refuses what is no provider, by name, and never shows a secret', () => {
  const issuer =
    'PARLEY_OIDC_ACME_ISSUER must be an https:// address (http:// is for this machine in development only)';
  for (const wrong of [
    'http://id.example',
    'http://127.0.0.1:9',
    'https://a:b@id.example',
    'https://id.example/?a',
    'x',
  ])
    assert.deepEqual(problemsOf({ ...acme, PARLEY_OIDC_ACME_ISSUER: wrong }), [issuer], wrong);
  assert.deepEqual(problemsOf({ PARLEY_OIDC_ACME_ISSUER: 'https://id.example' }), [
    'PARLEY_OIDC_ACME_CLIENT_ID must be the id that the provider gave this server',
  ]);
  assert.deepEqual(problemsOf({ ...acme, PARLEY_OIDC_ACME_LINK_BY_EMAIL: 'yes' }), [
    'PARLEY_OIDC_ACME_LINK_BY_EMAIL must be one of on, off',
  ]);
  const both = { PARLEY_OIDC_ACME_CLIENT_SECRET: 'hush', PARLEY_OIDC_ACME_CLIENT_SECRET_FILE: '/run/secret' };
  assert.deepEqual(problemsOf({ ...acme, ...both }), [
    'set PARLEY_OIDC_ACME_CLIENT_SECRET or PARLEY_OIDC_ACME_CLIENT_SECRET_FILE, not both',
  ]);
});

test('readSettings() takes a provider of this machine in development, or where private addresses are allowed', () => {
  const here = { ...acme, PARLEY_OIDC_ACME_ISSUER: 'http://127.0.0.1:9000' };
  for (const allowed of [{ NODE_ENV: 'development' }, { PARLEY_OIDC_ACME_PRIVATE_ADDRESS: 'on' }])
    assert.deepEqual(
      providersOf({ ...here, ...allowed }).map((provider) => [provider.issuer, provider.allowsPrivateAddress]),
      [['http://127.0.0.1:9000', true]],
    );
});

test('readSettings() warns of a name that is nearly one of a provider', () => {
  const result = read({ ...acme, PARLEY_OIDC_ACME_SECRET: 'x' });
  assert.deepEqual(result.ok && result.warnings, [
    'PARLEY_OIDC_ACME_SECRET is not a setting of Parley and has no effect',
  ]);
});
