// Proves the administrators' pages against a real server: what is done to an account there counts in its own browser at once.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { join, setUp, type Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, type Watched } from '../support/chat-page.ts';
import { giveCredentials, rooms } from '../support/identity-pages.ts';
import { startServer, type RunningServer } from '../support/server.ts';
import { assertAccessible, assertNoSideways } from '../web-ui/open-page.ts';

const held: { server?: RunningServer; browser?: Browser; ana?: Account } = {};

before(async () => {
  held.server = await startServer();
  held.browser = await startBrowser();
  held.ana = await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
});

async function signedIn(name: string): Promise<{ page: Page; watched: Watched }> {
  const watched = await openContext(held.browser!, { reducedMotion: 'reduce' });
  const page = await watched.page();
  await page.goto(`${held.server!.url}/sign-in`);
  await giveCredentials(page, `${name.toLowerCase()}@example.com`, PASSWORD);
  await rooms(page).waitFor();
  return { page, watched };
}

async function openAdmin(part: string): Promise<{ page: Page; watched: Watched }> {
  const opened = await signedIn('Ana');
  await opened.page.getByRole('link', { name: 'Administration' }).click();
  await opened.page.getByRole('link', { name: part, exact: true }).click();
  return opened;
}

async function act(page: Page, person: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${person}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

const confirm = (page: Page, name: string): Promise<void> =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

test('people: role, end of sessions, disabled and enabled, as the person sees it', async () => {
  await join(held.server!.url, held.ana!, 'Ben');
  const ben = await signedIn('Ben');
  const { page, watched } = await openAdmin('People');
  const row = page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: 'ben@example.com' });
  await page.getByLabel('Search').fill('ben');
  await page.getByText('ana@example.com').waitFor({ state: 'detached' });
  await act(page, 'Ben', 'Change the role');
  await page.getByRole('radio', { name: /^Manager/ }).check();
  await confirm(page, 'Change the role');
  await row.getByText('Manager').waitFor();
  await ben.page.getByText('Your session has ended.').waitFor();
  await giveCredentials(ben.page, 'ben@example.com', PASSWORD);
  await rooms(ben.page).waitFor();
  await act(page, 'Ben', 'Sign out everywhere');
  await confirm(page, 'Sign out');
  await row.getByText('0 devices').waitFor();
  await ben.page.getByText('Your session has ended.').waitFor();
  await act(page, 'Ben', 'Disable the account');
  await confirm(page, 'Disable');
  await row.getByText('Disabled').waitFor();
  await giveCredentials(ben.page, 'ben@example.com', PASSWORD);
  await ben.page.getByRole('alert').getByText('The e-mail address or the password is wrong').waitFor();
  await act(page, 'Ben', 'Enable the account');
  await confirm(page, 'Enable');
  await row.getByText('Disabled').waitFor({ state: 'detached' });
  await ben.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await rooms(ben.page).waitFor();
  assert.deepEqual([watched.faults, ben.watched.faults], [[], []]);
  await watched.context.close();
  await ben.watched.context.close();
});

test('people: the last administrator keeps the role', async () => {
  const { page, watched } = await openAdmin('People');
  await act(page, 'Ana', 'Change the role');
  await page.getByRole('radio', { name: /^Member/ }).check();
  await confirm(page, 'Change the role');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('people: a reset link is handed over, and sets a new password', async () => {
  await join(held.server!.url, held.ana!, 'Cleo');
  const { page, watched } = await openAdmin('People');
  await act(page, 'Cleo', 'Make a reset link');
  await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByRole('textbox', { name: 'Reset link' }).inputValue();
  await page.setViewportSize({ width: 360, height: 740 });
  await assertAccessible(page, 'reset link');
  await assertNoSideways(page, 'reset link');
  const cleo = await openContext(held.browser!);
  const hers = await cleo.page();
  await hers.goto(link);
  await hers.getByLabel('New password').fill('seven green kettles sing');
  await hers.keyboard.press('Enter');
  await hers.getByRole('heading', { name: 'Your new password is set' }).waitFor();
  assert.deepEqual([watched.faults, cleo.faults], [[], []]);
  await cleo.context.close();
  await watched.context.close();
});

test('audit log: filtered, verified, exported as what it is', async () => {
  const { page, watched } = await openAdmin('Audit log');
  const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem');
  await events.filter({ hasText: 'login.succeeded' }).first().waitFor();
  await page.getByText('Filters', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Event' }).fill('login.*');
  await page.getByLabel('Outcome').selectOption({ label: 'Success' });
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await events.filter({ hasText: 'user.created' }).first().waitFor({ state: 'detached' });
  const isMeant = (name: string): boolean => name.startsWith('login.succeeded');
  assert.deepEqual(
    (await events.locator('button span:first-child').allInnerTexts()).filter((name) => !isMeant(name)),
    [],
  );
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  const names = lines.map((line) => (JSON.parse(line) as { name: string }).name);
  assert.ok(names.length > 1);
  assert.deepEqual(
    names.filter((name) => !isMeant(name)),
    [],
  );
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await page.getByText('The log is whole').waitFor();
  await events.getByRole('button').first().click();
  await page.getByRole('dialog').getByText('login.succeeded').first().waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await assertAccessible(page, 'event');
  await assertNoSideways(page, 'event');
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});
