// Proves the web app in a browser against a fake server: no jump on prepend, keyboard alone, accessibility, the policy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ORIGIN, ROOM } from './fake-parley.ts';
import type { FakeParley } from './fake-parley.ts';
import { assertAccessible, launch, missing, openFake, signInAs } from './open-page.ts';

const held: { browser?: Browser } = {};

before(async () => {
  if (missing === false) held.browser = await launch();
});
after(() => held.browser?.close());

const open = (count: number, options: BrowserContextOptions = {}): Promise<{ page: Page; fake: FakeParley }> =>
  openFake(held.browser!, { count, options });

async function signIn(page: Page): Promise<void> {
  await signInAs(page);
  await page.getByRole('link', { name: ROOM }).click();
  await page.locator('article[data-seq]').first().waitFor();
}

/**
 * Scrolls the log, waits until it is at rest, lets older messages arrive only then, and reports how far the messages in view moved in
 * any painted frame of the next second and a half.
 */
async function prependDrift(
  { page, fake }: { page: Page; fake: FakeParley },
  scrollBy: number,
): Promise<{ drift: number; grewBy: number; watched: number }> {
  const gate = Promise.withResolvers<void>();
  fake.gate = gate.promise;
  await page.evaluate(`watchDrift(${scrollBy})`);
  fake.gate = undefined;
  gate.resolve();
  return page.evaluate('drift');
}

test('MessageList keeps every message in view within 1 px while older pages arrive', { skip: missing }, async () => {
  const { page, fake } = await open(400);
  await signIn(page);
  for (const scrollBy of [-1_500, -1_200, -100_000, -1_500, -100_000]) {
    const { drift, grewBy, watched } = await prependDrift({ page, fake }, scrollBy);
    assert.ok(watched > 0, 'messages are in view');
    assert.ok(drift <= 1, `scrolled by ${scrollBy}: moved by ${drift} px`);
    if (scrollBy === -100_000) assert.ok(grewBy > 1_000, `older messages arrived (${grewBy} px)`);
  }
  assert.deepEqual(fake.violations, []);
});

test('MessageList sticks to the end only near it, and counts what is new below', { skip: missing }, async () => {
  const { page, fake } = await open(60);
  await signIn(page);
  fake.say('seen at once');
  await page.getByText('seen at once').waitFor();
  await page.getByRole('log').evaluate((log) => (log.scrollTop -= 600));
  const latest = page.getByRole('button', { name: 'Jump to the latest message' });
  await latest.waitFor();
  fake.say('one');
  fake.say('two');
  await page.getByRole('button', { name: 'Jump to 2 new messages' }).click();
  await page.locator('article', { hasText: 'two' }).waitFor();
  await latest.waitFor({ state: 'detached' });
});

test('Composer shows a refused message with its reason, and Retry sends it', { skip: missing }, async () => {
  const { page, fake } = await open(5);
  await signIn(page);
  fake.refusal = { status: 403, code: 'auth.forbidden', title: 'You may not do this' };
  const field = page.getByRole('textbox', { name: `Message to ${ROOM}` });
  await field.fill('again and again');
  await field.press('Enter');
  const row = page.locator('article', { hasText: 'again and again' });
  await row.getByText('Not sent: You may not do this').waitFor();
  assert.equal(await row.getAttribute('data-state'), 'failed');
  fake.refusal = undefined;
  await row.getByRole('button', { name: 'Retry' }).click();
  await page.locator('article[data-state="sent"]', { hasText: 'again and again' }).waitFor();
  assert.equal(await page.getByText('again and again').count(), 1);
});

test('the room can be used with the keyboard alone', { skip: missing }, async () => {
  const { page } = await open(5);
  await signIn(page);
  const { keyboard } = page;
  const field = page.getByRole('textbox', { name: `Message to ${ROOM}` });
  await field.focus();
  await keyboard.type('first');
  await keyboard.press('Shift+Enter');
  await keyboard.type('second line');
  await keyboard.press('Enter');
  await page.locator('article[data-state="sent"]', { hasText: 'second line' }).waitFor();
  await keyboard.press('ArrowUp');
  await page.getByRole('textbox', { name: 'Edit the message' }).waitFor();
  await keyboard.type(', changed');
  await keyboard.press('Enter');
  const row = page.locator('article', { hasText: 'second line, changed' });
  await row.getByText('(edited)').waitFor();
  await page.locator(`textarea[aria-label="Message to ${ROOM}"]:focus`).waitFor();
  await keyboard.press('Shift+Tab');
  await keyboard.press('Shift+Tab');
  await keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
  await keyboard.press('End');
  await keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
  await page.locator('button:focus', { hasText: 'Cancel' }).waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.getByText('This message was deleted').waitFor();
  await keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await keyboard.type('gener');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`every page passes axe without a violation (${colorScheme})`, { skip: missing }, async () => {
    const { page, fake } = await open(30, { colorScheme, reducedMotion: 'reduce' });
    for (const [path, text] of [
      ['/sign-in', 'Sign in'],
      ['/register', 'Create an account'],
      ['/join', 'You are invited'],
      ['/nowhere', 'There is nothing at this address'],
    ] as const) {
      await page.goto(`${ORIGIN}${path}`);
      await page.getByRole('heading', { name: text }).waitFor();
      await assertAccessible(page, path);
    }
    await page.goto(`${ORIGIN}/sign-in`);
    await signIn(page);
    for (const name of ['Create a room', 'Invite', 'Find a room']) {
      await page.getByRole('button', { name }).first().click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page, name);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    assert.deepEqual(fake.violations, []);
    await page.context().close();
  });
