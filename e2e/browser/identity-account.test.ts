// Proves the account pages and the pages behind mailed links against a real server that has nowhere to send mail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { join, setUp, type Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, type Watched } from '../support/chat-page.ts';
import { giveCredentials, linkOfWaitingMail, openAccountPart, rooms } from '../support/identity-pages.ts';
import { startServer, type RunningServer } from '../support/server.ts';
import { assertAccessible, assertNoSideways } from '../web-ui/open-page.ts';

const held: { server?: RunningServer; browser?: Browser; ana?: Account } = {};
const FRESH = 'seven green kettles sing';

before(async () => {
  held.server = await startServer();
  held.browser = await startBrowser();
  held.ana = await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
});

const addressOf = (name: string): string => `${name.toLowerCase()}@example.com`;

async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; watched: Watched }> {
  const watched = await openContext(held.browser!, { reducedMotion: 'reduce', ...options });
  const page = await watched.page();
  await page.goto(`${held.server!.url}/sign-in`);
  return { page, watched };
}

async function signedIn(name: string): Promise<{ page: Page; watched: Watched }> {
  const opened = await open();
  await giveCredentials(opened.page, addressOf(name), PASSWORD);
  await rooms(opened.page).waitFor();
  return opened;
}

test('the password: changed here, another browser is signed out and the new one counts', async () => {
  await join(held.server!.url, held.ana!, 'Pat');
  const here = await signedIn('Pat');
  const there = await signedIn('Pat');
  await openAccountPart(here.page, 'Sign-in and security');
  await here.page.getByRole('button', { name: 'Change the password' }).click();
  const dialog = here.page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill('not the password');
  await dialog.getByLabel('New password').fill(FRESH);
  await here.page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await here.page.keyboard.press('Enter');
  await here.page.getByText('Your password is changed.').waitFor();
  await there.page.getByText('Your session has ended.').waitFor();
  await giveCredentials(there.page, addressOf('Pat'), FRESH);
  await rooms(there.page).waitFor();
  await openAccountPart(here.page, 'Devices');
  await here.page.getByRole('button', { name: 'Sign out all other devices' }).waitFor();
  assert.deepEqual([here.watched.faults, there.watched.faults], [[], []]);
  await here.watched.context.close();
  await there.watched.context.close();
});

test('a forgotten password: the link waits on the administrator’s page, sets a new one, and works once', async () => {
  await join(held.server!.url, held.ana!, 'Flo');
  const { page, watched } = await open({ viewport: { width: 360, height: 740 } });
  await page.getByRole('link', { name: 'Forgot the password?' }).click();
  await page.getByLabel('E-mail address').fill(addressOf('Flo'));
  await page.keyboard.press('Enter');
  await page.getByText('a mail is on its way').waitFor();
  await assertAccessible(page, 'forgot, sent');
  await assertNoSideways(page, 'forgot, sent');
  const link = await linkOfWaitingMail(held.ana!, addressOf('Flo'), /new password/i);
  const admin = await signedIn('Ana');
  await admin.page.getByRole('link', { name: 'Administration' }).click();
  await admin.page.getByRole('link', { name: 'Waiting mails' }).click();
  const mail = admin.page.getByRole('list', { name: 'Waiting mails' }).getByRole('listitem');
  const mine = mail.filter({ hasText: addressOf('Flo') }).filter({ hasText: /new password/i });
  await mine.getByText('Text', { exact: true }).click();
  await mine.getByText(link).waitFor();
  await page.goto(link);
  await page.getByLabel('New password').fill(FRESH);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your new password is set' }).waitFor();
  await page.getByRole('link', { name: 'Go to the sign-in' }).click();
  await giveCredentials(page, addressOf('Flo'), FRESH);
  await page.getByRole('button', { name: 'Account of Flo' }).waitFor();
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByLabel('New password').fill(`${FRESH} again`);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This link has expired or was used').waitFor();
  assert.deepEqual([watched.faults, admin.watched.faults], [[], []]);
  await watched.context.close();
  await admin.watched.context.close();
});

test('the address: changed by the link in the mail to the new one', async () => {
  await join(held.server!.url, held.ana!, 'Eve');
  const { page, watched } = await signedIn('Eve');
  await openAccountPart(page, 'Profile');
  await page.getByRole('button', { name: 'Change the address' }).click();
  await page.getByLabel('New e-mail address').fill('eve.new@example.com');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('Open the link that was sent to eve.new@example.com').waitFor();
  const link = await linkOfWaitingMail(held.ana!, 'eve.new@example.com', /new e-mail address/i);
  await page.goto(link);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
  await page.getByText('sign in with the new address').waitFor();
  await page.getByRole('link', { name: 'To your rooms' }).click();
  await giveCredentials(page, 'eve.new@example.com', PASSWORD);
  await rooms(page).waitFor();
  await openAccountPart(page, 'Profile');
  await page.getByText('eve.new@example.com').waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('“not me”: the link in the notice signs every device out and sends a link for a new password', async () => {
  await join(held.server!.url, held.ana!, 'Nat');
  const { page, watched } = await signedIn('Nat');
  await openAccountPart(page, 'Sign-in and security');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(FRESH);
  await page.keyboard.press('Enter');
  await page.getByText('Your password is changed.').waitFor();
  const link = await linkOfWaitingMail(held.ana!, addressOf('Nat'), /was changed/);
  const other = await open();
  await other.page.goto(link);
  await other.page.getByRole('button', { name: 'Sign out every device' }).click();
  await other.page.getByRole('heading', { name: 'Every device is signed out' }).waitFor();
  await page.getByText('Your session has ended.').waitFor();
  await linkOfWaitingMail(held.ana!, addressOf('Nat'), /new password/i);
  assert.deepEqual([watched.faults, other.watched.faults], [[], []]);
  await watched.context.close();
  await other.watched.context.close();
});

test('an API key: works as far as it may, is replaced with overlap, and revoked at once', async () => {
  await join(held.server!.url, held.ana!, 'Kim');
  const { page, watched } = await signedIn('Kim');
  const call = async (key: string, path: string, method = 'GET'): Promise<number> => {
    const response = await fetch(held.server!.url + path, { method, headers: { authorization: `Bearer ${key}` } });
    await response.body?.cancel();
    return response.status;
  };
  await openAccountPart(page, 'API keys');
  await page.getByRole('button', { name: 'Create a key' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('backup script');
  await page.getByLabel('rooms:read').check();
  await page.getByRole('button', { name: 'Create the key' }).click();
  const secret = page.getByRole('textbox', { name: 'API key' });
  const first = await secret.inputValue();
  await page.setViewportSize({ width: 360, height: 740 });
  await assertAccessible(page, 'key secret');
  await assertNoSideways(page, 'key secret');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: 'I have kept it' }).click();
  assert.deepEqual([await call(first, '/v1/rooms'), await call(first, '/v1/admin/users')], [200, 403]);
  await page.getByRole('button', { name: 'Rotate the key backup script' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await secret.waitFor();
  const second = await secret.inputValue();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  assert.notEqual(first, second);
  assert.deepEqual([await call(first, '/v1/rooms'), await call(second, '/v1/rooms')], [200, 200]);
  const row = page.getByRole('listitem').filter({ hasText: 'Being replaced' });
  await row.getByRole('button', { name: 'Revoke the key backup script' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual([await call(first, '/v1/rooms'), await call(second, '/v1/rooms')], [401, 200]);
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});
