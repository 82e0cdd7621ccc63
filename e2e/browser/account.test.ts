// Proves the account pages against a real server: devices that end one another, a proof before delicate things, a password that works.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { setUp } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, signIn } from '../support/chat-page.ts';
import type { Watched } from '../support/chat-page.ts';
import { startServer } from '../support/server.ts';
import type { RunningServer } from '../support/server.ts';

const held: { server?: RunningServer; browser?: Browser } = {};

before(async () => {
  held.server = await startServer();
  held.browser = await startBrowser();
  await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
});

async function signedIn(): Promise<{ page: Page; watched: Watched }> {
  const watched = await openContext(held.browser!);
  const page = await watched.page();
  await page.goto(held.server!.url);
  await signIn(page, held.server!.url, 'ana');
  return { page, watched };
}

test('a device ended on the account page is signed out while it looks on', { timeout: 60_000 }, async () => {
  const here = await signedIn();
  const there = await signedIn();
  await here.page.goto(`${held.server!.url}/account/sessions`);
  const list = here.page.getByRole('list', { name: 'Devices that are signed in' });
  await list.getByText('This device').waitFor();
  await here.page.getByRole('button', { name: 'Sign out all other devices' }).click();
  await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out all other devices' }).click();
  await here.page.getByText('No other device is signed in.').waitFor();
  assert.equal(await list.getByRole('listitem').count(), 1);
  await there.page.getByText('Your session has ended.').waitFor();
  assert.deepEqual([here.watched.faults, there.watched.faults], [[], []]);
  await here.watched.context.close();
  await there.watched.context.close();
});

test('wrong passwords are answered with a wait that the page counts down', { timeout: 60_000 }, async () => {
  const watched = await openContext(held.browser!);
  const page = await watched.page();
  await page.goto(`${held.server!.url}/sign-in`);
  await page.getByLabel('E-mail address').fill('somebody@example.com');
  const button = page.getByRole('button', { name: 'Sign in', exact: true });
  const waiting = page.getByRole('button', { name: /^Try again in \d+ s$/ });
  for (let tries = 0; tries < 12 && !(await waiting.isVisible()); tries += 1) {
    await page.getByLabel('Password', { exact: true }).fill(`${PASSWORD} ${tries}`);
    const answered = page.waitForResponse('**/v1/auth/login');
    await button.click();
    await answered;
    await page.getByRole('alert').waitFor();
  }
  await waiting.waitFor();
  assert.equal(await waiting.isDisabled(), true);
  await watched.context.close();
});
