// Proves the pages around sign-in providers against a real server and a certified provider: linked, signed in with, refused, unlinked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  startRealProvider,
  type RealProvider,
} from '../../packages/api/src/identity/providers/testing/real-provider.ts';
import { join, setUp, type Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, type Watched } from '../support/chat-page.ts';
import { codeOfApp, giveCredentials, openAccountPart, rooms, signOut } from '../support/identity-pages.ts';
import { startServer, type RunningServer } from '../support/server.ts';

const held: { server?: RunningServer; browser?: Browser; provider?: RealProvider; ana?: Account } = {};
const client = { id: 'parley', secret: 'a-secret-of-the-client' };

before(async () => {
  const callback = (): string => `${held.server!.url}/v1/auth/providers/acme/callback`;
  held.provider = await startRealProvider({ ...client, callback });
  held.server = await startServer({
    PARLEY_OIDC_ACME_ISSUER: held.provider.issuer,
    PARLEY_OIDC_ACME_CLIENT_ID: client.id,
    PARLEY_OIDC_ACME_CLIENT_SECRET: client.secret,
    PARLEY_OIDC_ACME_NAME: 'Acme',
    PARLEY_OIDC_ACME_SECOND_FACTOR: 'on',
  });
  held.browser = await startBrowser();
  held.ana = await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
  await held.provider?.close();
});

async function open(): Promise<{ page: Page; watched: Watched }> {
  const watched = await openContext(held.browser!, { reducedMotion: 'reduce' });
  const page = await watched.page();
  await page.goto(`${held.server!.url}/sign-in`);
  return { page, watched };
}

/** Signs in at the provider's own pages as `login`, and agrees; a browser that is known there agrees only. */
async function agreeThere(page: Page, login: string): Promise<void> {
  await page.waitForURL(`${held.provider!.issuer}/**`);
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  await page.locator('button[type=submit]').click();
}

const path = (page: Page): string => page.url().slice(held.server!.url.length);

/** What the provider's own pages say is not ours. */
const ours = (watched: Watched): string[] => watched.faults.filter((fault) => !fault.includes(held.provider!.issuer));

test('linked on the account page, a provider signs in; with two-factor it wants the code; unlinked, no more', async () => {
  await join(held.server!.url, held.ana!, 'Lea');
  const { page, watched } = await open();
  await giveCredentials(page, 'lea@example.com', PASSWORD);
  await rooms(page).waitFor();
  await openAccountPart(page, 'Sign-in and security');
  await page.getByRole('button', { name: 'Link Acme' }).click();
  await agreeThere(page, 'lea.elsewhere');
  await page.getByText('The account elsewhere is linked.').waitFor();
  assert.equal(path(page), '/account');
  await openAccountPart(page, 'Sign-in and security');
  await page.getByText('Linked as lea.elsewhere@example.org').waitFor();
  const answered = page.waitForResponse('**/v1/me/factors/totp');
  await page.getByRole('button', { name: 'Set it up' }).click();
  const { uri } = (await (await answered).json()) as { uri: string };
  await page.getByLabel('Code from the app').fill(codeOfApp(uri));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signOut(page);
  await page.getByRole('button', { name: 'Continue with Acme' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  assert.equal(path(page), '/sign-in', 'the ticket is taken out of the address');
  await page.getByLabel('Code from your authenticator app').fill(codeOfApp(uri, 1));
  await page.keyboard.press('Enter');
  await rooms(page).waitFor();
  await openAccountPart(page, 'Sign-in and security');
  await page.getByRole('button', { name: 'Unlink Acme' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await page.getByText('Not linked').waitFor();
  await signOut(page);
  await page.getByRole('button', { name: 'Continue with Acme' }).click();
  await page.getByRole('alert').getByText('No account belongs to this sign-in').waitFor();
  assert.equal(path(page), '/sign-in');
  assert.deepEqual(ours(watched), []);
  await watched.context.close();
});

test('an account elsewhere that opens another one already is not linked twice, and the page says so', async () => {
  for (const name of ['Max', 'Mia']) {
    await join(held.server!.url, held.ana!, name);
    const { page, watched } = await open();
    await giveCredentials(page, `${name.toLowerCase()}@example.com`, PASSWORD);
    await rooms(page).waitFor();
    await openAccountPart(page, 'Sign-in and security');
    await page.getByRole('button', { name: 'Link Acme' }).click();
    await agreeThere(page, 'shared');
    await page
      .getByText(
        name === 'Max' ? 'The account elsewhere is linked.' : 'This sign-in belongs to another account already',
      )
      .waitFor();
    assert.equal(path(page), '/account');
    assert.deepEqual(ours(watched), []);
    await watched.context.close();
  }
});
