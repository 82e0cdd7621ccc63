// Proves with a real browser that passkeys are made and used, and that a sign-in at a provider ends in a session here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  startRealProvider,
  type RealProvider,
} from '../../packages/api/src/identity/providers/testing/real-provider.ts';
import { setUp, type Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { startServer, type RunningServer } from '../support/server.ts';
import { addAuthenticator } from '../support/identity-pages.ts';

const client = { id: 'parley', secret: 'a-secret-of-the-client' };
let server: RunningServer;
let browser: Browser;
let provider: RealProvider;
let ana: Account;
let site: string;

before(async () => {
  provider = await startRealProvider({ ...client, callback: () => `${site}/v1/auth/providers/acme/callback` });
  // Browsers have no passkeys for addresses that are numbers: without a public URL it is localhost.
  server = await startServer({
    PARLEY_PUBLIC_URL: '',
    PARLEY_OIDC_ACME_ISSUER: provider.issuer,
    PARLEY_OIDC_ACME_CLIENT_ID: client.id,
    PARLEY_OIDC_ACME_CLIENT_SECRET: client.secret,
    PARLEY_OIDC_ACME_NAME: 'Acme',
    PARLEY_OIDC_ACME_ALLOW_REGISTRATION: 'on',
  });
  site = server.url.replace('127.0.0.1', 'localhost');
  browser = await startBrowser();
  ana = await setUp(server.url, server.setupLink());
});

after(async () => {
  await browser?.close();
  await server?.close();
  await provider?.close();
});

/** Calls the api as the page of the site would. */
function call<T>(page: Page, request: { path: string; body: unknown; token?: string }): Promise<T> {
  return page.evaluate(async ({ path, body, token }) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-parley-client': 'web',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }, request);
}

interface Begun {
  challengeId: string;
  options: Record<string, unknown>;
}

/** Hands options to the browser's own WebAuthn and gives what its authenticator answered. */
function ceremony(page: Page, kind: 'create' | 'get', options: Record<string, unknown>): Promise<unknown> {
  return page.evaluate(
    async (asked) => {
      // The browser's own classes, which the types of Node do not know.
      interface Webauthn {
        PublicKeyCredential: Record<
          'parseCreationOptionsFromJSON' | 'parseRequestOptionsFromJSON',
          (o: object) => object
        >;
        navigator: { credentials: Record<'create' | 'get', (o: object) => Promise<{ toJSON(): unknown }>> };
      }
      const { PublicKeyCredential, navigator } = globalThis as unknown as Webauthn;
      const parse = asked.kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
      const publicKey = PublicKeyCredential[parse](asked.options);
      return (await navigator.credentials[asked.kind]({ publicKey })).toJSON();
    },
    { kind, options },
  );
}

test('a passkey made in Chromium signs in without a password', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await addAuthenticator(context, page);
  await page.goto(`${site}/sign-in`);
  const token = ana.accessToken;
  const made = await call<Begun>(page, { path: '/v1/me/passkeys/options', body: {}, token });
  const created = {
    challengeId: made.challengeId,
    name: 'Chromium',
    response: await ceremony(page, 'create', made.options),
  };
  const passkey = await call<{ name: string }>(page, { path: '/v1/me/passkeys', body: created, token });
  assert.equal(passkey.name, 'Chromium');
  const again = await call<Begun>(page, { path: '/v1/me/passkeys/options', body: {}, token });
  await assert.rejects(ceremony(page, 'create', again.options), /InvalidStateError/, 'the authenticator is known');
  for (let use = 0; use < 2; use++) {
    const begun = await call<Begun>(page, { path: '/v1/auth/passkey/options', body: {} });
    const response = await ceremony(page, 'get', begun.options);
    const signedIn = await call<{ user: { email: string } }>(page, {
      path: '/v1/auth/passkey',
      body: { challengeId: begun.challengeId, response },
    });
    assert.equal(signedIn.user.email, 'ana@example.com');
  }
  await context.close();
});

test('a sign-in at a provider in Chromium ends at our page with a session', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site}/sign-in`);
  const { url } = await call<{ url: string }>(page, { path: '/v1/auth/providers/acme/start', body: {} });
  await page.goto(url);
  await page.locator('input[name=login]').fill('grace');
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  await page.locator('button[type=submit]').click();
  await page.waitForURL(`${site}/`);
  const cookies = await context.cookies(site);
  assert.deepEqual(
    cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })),
    [
      { name: 'rt', httpOnly: true, sameSite: 'Strict' },
      { name: 'device', httpOnly: true, sameSite: 'Strict' },
    ],
  );
  const tokens = await call<{ user: { email: string } }>(page, { path: '/v1/auth/refresh', body: {} });
  assert.equal(tokens.user.email, 'grace@example.org');
  await context.close();
});
