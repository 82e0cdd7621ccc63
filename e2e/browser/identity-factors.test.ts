// Proves the pages of second factors and passkeys against a real server: set up, signed in with, proved by, taken away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { join, setUp, type Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, type Watched } from '../support/chat-page.ts';
import {
  addAuthenticator,
  ageSessions,
  codeOfApp,
  giveCredentials,
  openAccountPart,
  signOut,
} from '../support/identity-pages.ts';
import { startServer, type RunningServer } from '../support/server.ts';
import { assertAccessible, assertNoSideways } from '../web-ui/open-page.ts';

const held: { server?: RunningServer; browser?: Browser; ana?: Account } = {};
let site: string;

before(async () => {
  // Browsers have no passkeys for addresses that are numbers: without a public URL it is localhost.
  held.server = await startServer({ PARLEY_PUBLIC_URL: '' });
  site = held.server.url.replace('127.0.0.1', 'localhost');
  held.browser = await startBrowser();
  held.ana = await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
});

/** Makes a person and signs them in; on a phone, so that nothing may be wider than it. */
async function openPerson(name: string): Promise<{ page: Page; watched: Watched; email: string }> {
  await join(held.server!.url, held.ana!, name);
  const watched = await openContext(held.browser!, {
    viewport: { width: 360, height: 740 },
    reducedMotion: 'reduce',
  });
  const page = await watched.page();
  const email = `${name.toLowerCase()}@example.com`;
  await page.goto(`${site}/sign-in`);
  await giveCredentials(page, email, PASSWORD);
  await page.getByRole('button', { name: /^Account of / }).waitFor();
  return { page, watched, email };
}

test('two-factor: turned on with an app, then a code, then a recovery code sign in', { timeout: 60_000 }, async () => {
  const { page, watched, email } = await openPerson('Tom');
  await openAccountPart(page, 'Sign-in and security');
  const answered = page.waitForResponse('**/v1/me/factors/totp');
  await page.getByRole('button', { name: 'Set it up' }).click();
  const { uri } = (await (await answered).json()) as { uri: string };
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await page.getByLabel('Code from the app').fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.getByLabel('Code from the app').fill(codeOfApp(uri));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Your recovery codes' });
  const codes = await dialog.getByRole('listitem').allInnerTexts();
  assert.equal(codes.length, 10);
  await assertAccessible(page, 'recovery codes');
  await assertNoSideways(page, 'recovery codes');
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes are left').waitFor();
  for (const code of [codeOfApp(uri, 1), codes[3]!]) {
    await signOut(page);
    await giveCredentials(page, email, PASSWORD);
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    const isRecovery = code === codes[3];
    if (isRecovery) await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByRole('textbox').fill(code);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Account of / }).waitFor();
  }
  await openAccountPart(page, 'Sign-in and security');
  await page.getByText('9 recovery codes are left').waitFor();
  await page.getByRole('button', { name: 'Turn it off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn it off' }).click();
  await page.getByText('Two-factor authentication is off.').waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('passkey: added on the page, it signs in by the button, without a password', { timeout: 60_000 }, async () => {
  const { page, watched } = await openPerson('Pia');
  await addAuthenticator(watched.context, page);
  await openAccountPart(page, 'Sign-in and security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Laptop');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename the passkey Laptop' }).waitFor();
  await page.getByRole('button', { name: 'Account of Pia' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  const presented = page.waitForResponse('**/v1/auth/passkey');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  // The field for the address offers the passkey, and this authenticator takes every offer; the button does the same.
  assert.equal((await presented).status(), 200);
  await page.getByRole('button', { name: 'Account of Pia' }).waitFor();
  await openAccountPart(page, 'Devices');
  await page.getByText('passkey', { exact: false }).first().waitFor();
  await openAccountPart(page, 'Sign-in and security');
  await page.getByRole('button', { name: 'Remove the passkey Laptop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('You have no passkey yet.').waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test(
  'a quarter of an hour later the page asks who it is, and a passkey is an answer',
  { timeout: 60_000 },
  async () => {
    const { page, watched } = await openPerson('Ula');
    await addAuthenticator(watched.context, page);
    await openAccountPart(page, 'Sign-in and security');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Rename the passkey My passkey' }).waitFor();
    ageSessions(held.server!.data);
    await page.getByRole('button', { name: 'Set it up' }).click();
    const dialog = page.getByRole('dialog', { name: 'Is it you?' });
    await dialog.getByLabel('Password', { exact: true }).fill('not the password');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await assertAccessible(page, 'proof by password');
    await assertNoSideways(page, 'proof by password');
    await dialog.getByRole('button', { name: 'Use a passkey' }).click();
    await assertAccessible(page, 'proof by passkey');
    await dialog.getByRole('button', { name: 'Use the passkey' }).click();
    await page.getByRole('dialog', { name: 'Set up an authenticator app' }).waitFor();
    assert.deepEqual(watched.faults, []);
    await watched.context.close();
  },
);
