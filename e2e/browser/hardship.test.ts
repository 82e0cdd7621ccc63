// Proves the app in bad times: keyboard alone, strange texts, offline, a stopped server, access lost, phone width, axe.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { createRoom, join, setUp } from '../support/account.ts';
import type { Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, composer, connectionWords, openContext, signIn, untilTexts, write } from '../support/chat-page.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';

const SCHEMES = ['light', 'dark'] as const;
let server: RunningServer;
let browser: Browser;
let ana: Account;

before(async () => {
  server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '100' });
  browser = await startBrowser();
  ana = await setUp(server.url, server.setupLink());
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function assertAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.html ?? ''}`),
    [],
  );
}

/** Presses Tab until `name` has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const focused = async (): Promise<string> =>
    page.evaluate(
      "(document.activeElement.labels?.[0]?.textContent ?? '') + (document.activeElement.ariaLabel ?? '') + document.activeElement.textContent",
    );
  for (let presses = 0; presses < 40; presses += 1) {
    if (name.test(await focused())) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${name}; it is at ${await focused()}`);
}

test('the keyboard alone leads from the set-up link to the first message', async (t) => {
  const fresh = await startServer();
  t.after(() => fresh.close());
  for (const colorScheme of SCHEMES) {
    const { context, page, faults } = await openContext(browser, { colorScheme, reducedMotion: 'reduce' });
    const tab = await page();
    await tab.goto(fresh.setupLink());
    await tab.getByLabel('E-mail address').waitFor();
    await assertAccessible(tab, `set-up ${colorScheme}`);
    assert.deepEqual(faults, []);
    await context.close();
  }
  const { context, page, faults } = await openContext(browser);
  const tab = await page();
  const { keyboard } = tab;
  await tab.goto(fresh.setupLink());
  await tab.getByLabel('E-mail address').waitFor();
  for (const [field, text] of [
    [/E-mail address/, 'keys@example.com'],
    [/Your name/, 'Keys'],
    [/^Password/, PASSWORD],
  ] as const) {
    await tabTo(tab, field);
    await keyboard.type(text);
  }
  await keyboard.press('Enter');
  await tab.getByRole('navigation', { name: 'Your rooms' }).waitFor();
  await tabTo(tab, /^Create a room/);
  await keyboard.press('Enter');
  await tab.getByRole('dialog').waitFor();
  await tabTo(tab, /Room name/);
  await keyboard.type('By keys');
  await keyboard.press('Enter');
  await composer(tab).waitFor();
  await tabTo(tab, /Message to By keys/);
  await keyboard.type('typed');
  await keyboard.press('Enter');
  await untilTexts(tab, ['typed']);
  assert.deepEqual(faults, []);
  await context.close();
});

const STRANGE = [
  'w'.repeat(600),
  'שלום עולם, and then English',
  '👩‍👩‍👧‍👦 🇩🇪 e\u0301',
  '<img src=x onerror=alert(1)><script>alert(2)</script>',
  '**bold** [a](javascript:alert(1)) javascript:alert(1)',
  'https://example.com/"onmouseover="alert(1) https://example.com/<b>x',
  '\u202Egnitset',
  'one\n\n\nfour',
  'x'.repeat(8_000),
];

test('strange texts stay plain words, fit a phone, and every page passes axe in light and dark', async () => {
  const room = await createRoom(ana, 'Strange');
  const invited = await ana.call<{ url: string }>('POST', '/v1/invitations', { roomId: room.id });
  for (const [at, text] of STRANGE.entries())
    await ana.call('POST', `/v1/rooms/${room.id}/messages`, { clientMessageId: `strange-${at}`, text });
  for (const colorScheme of SCHEMES) {
    const { context, page, faults } = await openContext(browser, { colorScheme, reducedMotion: 'reduce' });
    const tab = await page();
    let dialogs = 0;
    tab.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await tab.goto(invited.url);
    await tab.getByLabel('Your name').waitFor();
    await assertAccessible(tab, `join ${colorScheme}`);
    await signIn(tab, server.url, 'ana');
    await tab.goto(`${server.url}/rooms/${room.id}`);
    await tab.locator('article[data-seq="9"]').waitFor();
    await assertAccessible(tab, `room ${colorScheme}`);
    await tab.setViewportSize({ width: 320, height: 568 });
    await tab.getByRole('log').evaluate((box) => (box.scrollTop = 0));
    await tab.locator('article[data-seq="1"]').waitFor();
    for (const [at, text] of STRANGE.slice(0, 3).entries())
      assert.equal(await tab.locator(`article[data-seq="${at + 1}"] p[dir="auto"]`).textContent(), text);
    assert.equal(await tab.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
    assert.equal(await tab.locator('article img, article script, article [href^="javascript"]').count(), 0);
    await assertAccessible(tab, `phone ${colorScheme}`);
    assert.equal(dialogs, 0);
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test('the connection is told in words while the network or the server is away, and nothing is lost', async () => {
  const room = await createRoom(ana, 'Words');
  const { context, page, faults } = await openContext(browser);
  const tab = await page();
  await signIn(tab, server.url, 'ana');
  await tab.goto(`${server.url}/rooms/${room.id}`);
  await tab.getByText('1 online').waitFor();
  const words = async (expected: RegExp): Promise<void> => {
    await until(`the words ${expected}`, async () => expected.test((await connectionWords(tab).textContent()) ?? ''));
  };
  await words(/^Live$/);
  await context.setOffline(true);
  await write(tab, 'written offline');
  await words(/^Offline — messages will send when you are back$/);
  await tab.locator('[data-state="pending"]', { hasText: 'written offline' }).waitFor();
  await context.setOffline(false);
  await words(/^Live$/);
  await untilTexts(tab, ['written offline']);
  await server.kill();
  await write(tab, 'written while the server was away');
  await words(/^Reconnecting…$/);
  await tab
    .getByText(/^Reconnecting… retry in \d+ s$/)
    .first()
    .waitFor();
  await server.start();
  await tab.getByRole('button', { name: 'Retry now' }).click();
  await words(/^Live$/);
  await untilTexts(tab, ['written offline', 'written while the server was away']);
  await tab.getByText('1 online').waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test('somebody who is removed while typing sees the room close, and is not shown as typing any more', async () => {
  const room = await createRoom(ana, 'Removal');
  const bo = await join(server.url, ana, 'Bo', room.id);
  const mine = await openContext(browser);
  const theirs = await openContext(browser);
  const [tab, other] = [await mine.page(), await theirs.page()];
  for (const [page, name] of [
    [tab, 'ana'],
    [other, 'bo'],
  ] as const) {
    await signIn(page, server.url, name);
    await page.goto(`${server.url}/rooms/${room.id}`);
    await composer(page).waitFor();
  }
  await tab.getByText('2 online').waitFor();
  await composer(other).pressSequentially('I am about to');
  await tab.getByText('Bo is typing').waitFor();
  await ana.call('DELETE', `/v1/rooms/${room.id}/members/${bo.userId}`);
  await other.getByText('You are not in this room').waitFor({ timeout: 5_000 });
  await composer(other).waitFor({ state: 'detached' });
  await tab.getByText('1 online').waitFor();
  await tab.getByText('Bo is typing').waitFor({ state: 'detached', timeout: 8_000 });
  assert.deepEqual([...mine.faults, ...theirs.faults], []);
  await mine.context.close();
  await theirs.context.close();
});

test('an invitation leads into its own room, also when another has the same name, and works once', async () => {
  await createRoom(ana, 'Twins');
  const second = await createRoom(ana, 'Twins');
  const invited = await ana.call<{ url: string }>('POST', '/v1/invitations', { roomId: second.id });
  const { context, page, faults } = await openContext(browser);
  const tab = await page();
  await tab.goto(invited.url);
  await tab.getByLabel('Your name').fill('Cy');
  await tab.getByLabel('E-mail address').fill('cy@example.com');
  await tab.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await tab.getByRole('button', { name: 'Join', exact: true }).click();
  await composer(tab).waitFor();
  assert.equal(tab.url(), `${server.url}/rooms/${second.id}`);
  assert.deepEqual(faults, []);
  await context.close();
  const late = await openContext(browser);
  const lateTab = await late.page();
  await lateTab.goto(invited.url);
  await lateTab.getByText('This invitation has expired or was used').waitFor();
  await lateTab.getByRole('link', { name: 'I have an account: sign in' }).click();
  await lateTab.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  assert.deepEqual(late.faults, []);
  await late.context.close();
});
