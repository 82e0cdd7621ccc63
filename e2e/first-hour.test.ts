// Walks the product's main path in two real browsers: set-up, room, invitation, chat, reload, kill -9.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from './support/browser.ts';
import { startServer, until, type RunningServer } from './support/server.ts';

const PASSWORD = 'correct horse battery';
let server: RunningServer;
let browser: Browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens a page whose console must stay free of errors but for those of a server that is away. */
async function openPage(errors: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
      errors.push(message.text());
  });
  return page;
}

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message to General' });
const rows = (page: Page) => page.locator('[data-message-key]');

async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** The texts of the confirmed messages, top to bottom. */
async function texts(page: Page): Promise<string[]> {
  return page.locator('[data-state="sent"] p[dir="auto"]').allInnerTexts();
}

async function untilTexts(page: Page, expected: readonly string[], milliseconds = 30_000): Promise<void> {
  let seen: string[] = [];
  await until(
    `the messages ${expected.join(' | ')}`,
    async () => {
      seen = await texts(page);
      return seen.length === expected.length && expected.every((text, index) => text === seen[index]);
    },
    milliseconds,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; seen: ${seen.join(' | ')}`);
  });
}

test('two people set up, meet, chat, reload and survive kill -9 with nothing lost or doubled', async () => {
  const errors: string[] = [];
  const ana = await openPage(errors);
  await ana.goto(server.setupLink());
  await ana.getByLabel('Your name').fill('Ana');
  await ana.getByLabel('E-mail address').fill('ana@example.com');
  await ana.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ana.getByRole('button', { name: 'Create the administrator' }).click();

  await ana.getByRole('button', { name: 'Create a room' }).first().click();
  await ana.getByLabel('Room name').fill('General');
  await ana.getByRole('radio', { name: 'Private' }).click();
  await ana.getByRole('button', { name: 'Create the room' }).click();
  await composer(ana).waitFor();

  await ana.getByRole('button', { name: 'Invite' }).first().click();
  await ana.getByRole('button', { name: 'Create the link' }).click();
  const link = await ana.getByLabel('Invitation link').inputValue();
  assert.match(link, /\/join#/);
  await ana.keyboard.press('Escape');

  const bo = await openPage(errors);
  await bo.goto(link);
  await bo.getByText('Ana invites you to Parley.').waitFor();
  await bo.getByLabel('Your name').fill('Bo');
  await bo.getByLabel('E-mail address').fill('bo@example.com');
  await bo.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await bo.getByRole('button', { name: 'Join', exact: true }).click();
  await composer(bo).waitFor();

  await ana.getByText('2 online').waitFor();
  await bo.getByText('2 online').waitFor();

  await write(ana, 'one');
  await rows(bo).filter({ hasText: 'one' }).waitFor();
  await write(bo, 'two');
  await write(ana, 'three');
  await untilTexts(ana, ['one', 'two', 'three']);
  await untilTexts(bo, ['one', 'two', 'three']);

  await composer(bo).pressSequentially('typ', { delay: 20 });
  await ana.getByText('Bo is typing').waitFor();
  await composer(bo).fill('');

  await ana.reload();
  await untilTexts(ana, ['one', 'two', 'three']);

  await server.kill();
  await write(ana, 'written while the server was away');
  await rows(ana).and(ana.locator('[data-state="pending"]')).waitFor();
  await server.start();
  const all = ['one', 'two', 'three', 'written while the server was away'];
  await untilTexts(bo, all, 60_000);
  await untilTexts(ana, all, 60_000);
  await ana.getByText('2 online').waitFor();
  await write(bo, 'we are back');
  await untilTexts(ana, [...all, 'we are back']);
  await untilTexts(bo, [...all, 'we are back']);
  assert.deepEqual(errors, []);
});

test('a member who is removed loses the room on the open page within a second', async () => {
  const errors: string[] = [];
  const ana = await openPage(errors);
  const bo = await openPage(errors);
  for (const [page, name] of [
    [ana, 'ana'],
    [bo, 'bo'],
  ] as const) {
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel('E-mail address').fill(`${name}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('link', { name: /General/ }).click();
    await composer(page).waitFor();
  }
  await ana.getByRole('button', { name: 'Show the members' }).click();
  await ana.getByRole('button', { name: 'Remove Bo' }).click();
  const asked = Date.now();
  await ana.getByRole('button', { name: 'Remove', exact: true }).click();
  await bo.getByText('You are not in this room').waitFor({ timeout: 5_000 });
  assert.ok(Date.now() - asked < 2_000, `it took ${Date.now() - asked} ms from the click to the closed room`);
  assert.deepEqual(errors, []);
});
