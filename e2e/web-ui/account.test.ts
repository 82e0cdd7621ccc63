// Proves the account pages in a browser against a fake server: each part works, delicate things ask for a proof, secrets show once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ORIGIN, ROOM } from './fake-parley.ts';
import type { FakeParley } from './fake-parley.ts';
import { assertAccessible, assertNoSideways, launch, missing, openFake, signInAs } from './open-page.ts';
import { addAuthenticator } from '../support/identity-pages.ts';

const held: { browser?: Browser } = {};
const PASSWORD = 'correct horse battery';

before(async () => {
  if (missing === false) held.browser = await launch();
});
after(() => held.browser?.close());

/** Signs in and opens a part of the account by its name in the navigation. */
async function openAccount(
  part: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; fake: FakeParley }> {
  const opened = await openFake(held.browser!, { options });
  await signInAs(opened.page);
  await opened.page.getByRole('button', { name: 'Account of Ana Moreno' }).click();
  await opened.page.getByRole('menuitem', { name: 'Your account' }).click();
  await opened.page.getByRole('link', { name: part, exact: true }).click();
  return opened;
}

const prove = async (page: Page, password: string): Promise<void> => {
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
};

test(
  'ProfileSection sends the link for another address, and says that nothing has changed yet',
  { skip: missing },
  async () => {
    const { page } = await openAccount('Profile');
    await page.getByText('ana@example.org').waitFor();
    await page.getByRole('button', { name: 'Change the address' }).click();
    await page.getByLabel('New e-mail address').fill('new@example.org');
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('Open the link that was sent to new@example.org').waitFor();
    await page.locator('button:focus', { hasText: 'Change the address' }).waitFor();
    await page.context().close();
  },
);

test(
  'PasswordSection repeats the change after the proof, and a closed question changes nothing',
  { skip: missing },
  async () => {
    const { page, fake } = await openAccount('Sign-in and security');
    fake.identity.wantsProof = true;
    await page.getByRole('button', { name: 'Change the password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change the password' });
    await dialog.getByLabel('Current password').fill(PASSWORD);
    await dialog.getByLabel('New password').fill('another long password');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Is it you?' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByText('Prove again who you are to do this').waitFor();
    await dialog.getByRole('button', { name: 'Change the password' }).click();
    await prove(page, 'wrong');
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong').waitFor();
    await prove(page, PASSWORD);
    await page.getByText('Your password is changed.').waitFor();
    assert.deepEqual(
      fake.identity.calls.filter((call) => /password|reauth/.test(call)),
      [
        'POST /v1/me/password',
        'POST /v1/me/password',
        'POST /v1/auth/reauthenticate',
        'POST /v1/auth/reauthenticate',
        'POST /v1/me/password',
      ],
    );
    await page.context().close();
  },
);

test('TotpSection turns two-factor on with a code and shows the recovery codes once', { skip: missing }, async () => {
  const { page } = await openAccount('Sign-in and security');
  await page.getByRole('button', { name: 'Set it up' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await page.getByLabel('Code from the app').fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('The code or the ticket is wrong').waitFor();
  await page.getByLabel('Code from the app').fill('123 456');
  await page.keyboard.press('Enter');
  const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
  await codes.getByRole('listitem').first().waitFor();
  assert.equal(await codes.getByRole('listitem').count(), 10);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    codes.getByRole('button', { name: 'Download the codes' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'parley-recovery-codes.txt');
  await codes.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes are left').waitFor();
  assert.equal(await page.getByText('k7qm-0f2d').count(), 0);
  await page.getByRole('button', { name: 'Turn it off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn it off' }).click();
  await page.getByText('Two-factor authentication is off.').waitFor();
  await page.context().close();
});

test('PasskeysSection adds a passkey, which then signs in without a password', { skip: missing }, async () => {
  const { page, fake } = await openAccount('Sign-in and security');
  await addAuthenticator(page.context(), page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Laptop');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename the passkey Laptop' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Work laptop');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename the passkey Work laptop' }).waitFor();
  await page.getByRole('button', { name: 'Account of Ana Moreno' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  const presented = page.waitForResponse('**/v1/auth/passkey');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  // The field for the address offers the passkey; this authenticator takes every offer, without a press.
  await presented;
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
  assert.equal(fake.identity.calls.filter((call) => call === 'POST /v1/auth/login').length, 1);
  await page.context().close();
});

test('SessionsSection marks this device, ends another one, and ends all others', { skip: missing }, async () => {
  const { page, fake } = await openAccount('Devices');
  const list = page.getByRole('list', { name: 'Devices that are signed in' });
  await list.getByRole('listitem').filter({ hasText: 'This device' }).getByText('Firefox on Linux').waitFor();
  await page.getByRole('button', { name: /^Sign out Safari on iPhone/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('No other device is signed in.').waitFor();
  assert.equal(await list.getByRole('listitem').count(), 1);
  assert.equal(await page.getByRole('button', { name: 'Sign out all other devices' }).count(), 0);
  assert.equal(fake.identity.sessions.length, 1);
  await page.context().close();
});

test(
  'ApiKeysSection makes a key with chosen rights, shows its secret once, rotates and revokes it',
  { skip: missing },
  async () => {
    const { page, fake } = await openAccount('API keys');
    fake.identity.wantsProof = true;
    await page.getByRole('button', { name: 'Create a key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('backup script');
    await page.getByRole('button', { name: 'Create the key' }).click();
    await page.getByText('Choose at least one.').waitFor();
    await page.getByLabel('rooms:read').check();
    await page.getByRole('button', { name: 'Create the key' }).click();
    await prove(page, PASSWORD);
    const secret = page.getByRole('textbox', { name: 'API key' });
    assert.equal(await secret.inputValue(), 'prk_test_1_secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    assert.deepEqual(fake.identity.keys[0]?.scopes, ['rooms:read']);
    await page.getByRole('button', { name: 'Rotate the key backup script' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    assert.equal(await secret.inputValue(), 'prk_test_2_secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText('Being replaced').waitFor();
    await page.getByRole('button', { name: 'Revoke the key backup script' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Being replaced').waitFor({ state: 'detached' });
    assert.equal(await page.content().then((html) => html.includes('prk_test')), false);
    await page.context().close();
  },
);

test('signing out forgets the drafts of the person, in this browser', { skip: missing }, async () => {
  const { page } = await openFake(held.browser!, {});
  await signInAs(page);
  await page.getByRole('link', { name: ROOM }).click();
  await page.getByRole('textbox', { name: `Message to ${ROOM}` }).fill('not sent yet');
  const drafts = (): Promise<unknown> =>
    page.evaluate('Object.keys(localStorage).filter((key) => key.includes("drafts"))');
  assert.equal(((await drafts()) as string[]).length, 1);
  await page.getByRole('button', { name: 'Account of Ana Moreno' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await drafts(), []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`every part of the account passes axe and fits a phone (${colorScheme})`, { skip: missing }, async () => {
    const phone = { viewport: { width: 360, height: 740 }, colorScheme, reducedMotion: 'reduce' } as const;
    const { page, fake } = await openAccount('Profile', phone);
    for (const [part, heading, dialog] of [
      ['Profile', 'Profile', 'Change the address'],
      ['Sign-in and security', 'Two-factor authentication', 'Set it up'],
      ['Devices', 'Devices that are signed in', 'Sign out all other devices'],
      ['API keys', 'API keys', 'Create a key'],
    ] as const) {
      await page.getByRole('link', { name: part, exact: true }).click();
      await page.getByRole('heading', { name: heading, level: 2 }).waitFor();
      await page.getByRole('button', { name: dialog }).waitFor();
      await assertAccessible(page, part);
      await assertNoSideways(page, part);
      await page.getByRole('button', { name: dialog }).click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page, `${part}: ${dialog}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    assert.deepEqual(fake.violations, []);
    assert.equal(page.url(), `${ORIGIN}/account/api-keys`);
    await page.context().close();
  });
