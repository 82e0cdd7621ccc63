// Proves the administrators' pages in a browser against a fake server: people, audit log, waiting mails, and who sees none of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ORIGIN, ROOM } from './fake-parley.ts';
import type { FakeParley } from './fake-parley.ts';
import { assertAccessible, assertNoSideways, launch, missing, openFake, signInAs } from './open-page.ts';

const held: { browser?: Browser } = {};

before(async () => {
  if (missing === false) held.browser = await launch();
});
after(() => held.browser?.close());

async function openAdmin(part: string, options: BrowserContextOptions = {}): Promise<{ page: Page; fake: FakeParley }> {
  const opened = await openFake(held.browser!, { options });
  await signInAs(opened.page);
  await opened.page.getByRole('link', { name: 'Administration' }).click();
  await opened.page.getByRole('link', { name: part, exact: true }).click();
  return opened;
}

async function act(page: Page, person: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${person}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

test('PeopleSection finds, unlocks, disables, enables, signs out and gives roles', { skip: missing }, async () => {
  const { page, fake } = await openAdmin('People');
  const people = page.getByRole('list', { name: 'People' });
  const row = (name: string) => people.getByRole('listitem').filter({ hasText: name });
  const confirm = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  await page.getByLabel('Search').fill('ben');
  await row('Cleo').waitFor({ state: 'detached' });
  await row('Ben Okafor').getByText('Locked').waitFor();
  await act(page, 'Ben Okafor', 'Unlock');
  await confirm('Unlock');
  await row('Ben Okafor').getByText('Locked').waitFor({ state: 'detached' });
  await act(page, 'Ben Okafor', 'Disable the account');
  await confirm('Disable');
  await row('Ben Okafor').getByText('Disabled').waitFor();
  await act(page, 'Ben Okafor', 'Enable the account');
  await confirm('Enable');
  await row('Ben Okafor').getByText('Disabled').waitFor({ state: 'detached' });
  await act(page, 'Ben Okafor', 'Sign out everywhere');
  await confirm('Sign out');
  await row('Ben Okafor').getByText('0 devices').waitFor();
  await act(page, 'Ben Okafor', 'Change the role');
  await page.getByRole('radio', { name: /^Manager/ }).check();
  await confirm('Change the role');
  await row('Ben Okafor').getByText('Manager').waitFor();
  assert.equal(fake.identity.people[1]?.role, 'manager');
  await page.context().close();
});

test(
  'PeopleSection says why the last administrator keeps the role, and offers nobody to disable themselves',
  { skip: missing },
  async () => {
    const { page } = await openAdmin('People');
    await act(page, 'Ana Moreno', 'Change the role');
    await page.getByRole('radio', { name: /^Member/ }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Change the role' }).click();
    await page.getByRole('alert').getByText('The last administrator cannot lose the role').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Actions for Ana Moreno' }).click();
    await page.getByRole('menuitem', { name: 'Sign out everywhere' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Disable the account' }).count(), 0);
    await page.context().close();
  },
);

test('PeopleSection hands out a reset link once, after a proof', { skip: missing }, async () => {
  const { page, fake } = await openAdmin('People');
  fake.identity.wantsProof = true;
  await act(page, 'Ben Okafor', 'Make a reset link');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const proof = page.getByRole('dialog', { name: 'Is it you?' });
  await proof.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.keyboard.press('Enter');
  const link = page.getByRole('textbox', { name: 'Reset link' });
  assert.equal(await link.inputValue(), `${ORIGIN}/reset#rst_handed`);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await page.content()).includes('rst_handed'), false);
  await page.context().close();
});

test('AuditSection filters, shows an event in full, verifies the chain and exports it', { skip: missing }, async () => {
  const { page, fake } = await openAdmin('Audit log');
  const events = page.getByRole('list', { name: 'Events' });
  await events.getByRole('listitem').first().waitFor();
  assert.equal(await events.getByRole('listitem').count(), 7);
  await page.getByText('Filters', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Event' }).fill('login failed');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByText('Use small letters, dots and underscores').waitFor();
  await page.getByRole('textbox', { name: 'Event' }).fill('login.f*');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.waitForFunction('document.querySelectorAll("ul[aria-label=Events] > li").length === 2');
  await page
    .getByRole('button', { name: /^Details of login.failed/ })
    .first()
    .click();
  await page.getByRole('dialog', { name: 'login.failed' }).getByText('wrong_password').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await page.getByText('The log is whole: 7 events fit its chain.').waitFor();
  fake.identity.isAuditWhole = false;
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await page.getByRole('alert').getByText('The log was changed: event number 3').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^parley-audit-\d{4}-\d\d-\d\d\.ndjson$/);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { seq: number }).seq),
    [7, 6, 5, 4, 3, 2, 1],
  );
  await page.context().close();
});

test('MailsSection shows what a mail says and says when none waits', { skip: missing }, async () => {
  const { page, fake } = await openAdmin('Waiting mails');
  await page.getByText('No mail server').waitFor();
  await page.getByText('Text', { exact: true }).click();
  await page.getByText('It works for 30 minutes.').waitFor();
  await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  fake.identity.mails = [];
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await page.getByRole('link', { name: 'Rooms' }).click();
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('link', { name: 'Waiting mails' }).click();
  await page.getByRole('heading', { name: 'No mail is waiting.' }).waitFor();
  await page.context().close();
});

test('AdminPage is not offered to members, and says so to those who type its address', { skip: missing }, async () => {
  const { page, fake } = await openFake(held.browser!, { path: '/admin/audit' });
  fake.identity.role = 'member';
  await signInAs(page);
  await page.getByRole('heading', { name: 'This is for administrators' }).waitFor();
  assert.equal(
    fake.identity.calls.some((call) => call.includes('/admin/')),
    false,
  );
  await page.getByRole('link', { name: 'Go to your rooms' }).click();
  await page.getByRole('link', { name: ROOM }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Administration' }).count(), 0);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`every part of the administration passes axe and fits a phone (${colorScheme})`, { skip: missing }, async () => {
    const phone = { viewport: { width: 360, height: 740 }, colorScheme, reducedMotion: 'reduce' } as const;
    const { page, fake } = await openAdmin('People', phone);
    await page.getByText('Cleo').waitFor();
    await assertAccessible(page, 'people');
    await assertNoSideways(page, 'people');
    await act(page, 'Ben Okafor', 'Change the role');
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, 'role');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByRole('list', { name: 'Events' }).waitFor();
    await page.getByText('Filters', { exact: true }).click();
    await assertAccessible(page, 'audit');
    await assertNoSideways(page, 'audit');
    await page
      .getByRole('button', { name: /^Details of login.failed/ })
      .first()
      .click();
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, 'event');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Waiting mails' }).click();
    await page.getByText('No mail server').waitFor();
    await assertAccessible(page, 'mails');
    await assertNoSideways(page, 'mails');
    assert.deepEqual(fake.violations, []);
    await page.context().close();
  });
