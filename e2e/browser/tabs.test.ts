// Proves that several tabs of one person are one session and one outbox: renewal after sleep, sign-out, sending, reload.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createRoom, setUp } from '../support/account.ts';
import type { Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { composer, openContext, sentTexts, signIn, untilTexts, write } from '../support/chat-page.ts';
import type { Watched } from '../support/chat-page.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';

let server: RunningServer;
let browser: Browser;
let ana: Account;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  ana = await setUp(server.url, server.setupLink());
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens `count` tabs of Ana in a room of its own. */
async function openTabs(count: number, name: string): Promise<{ tabs: Page[]; roomId: string; watched: Watched }> {
  const { id: roomId } = await createRoom(ana, name);
  const watched = await openContext(browser);
  await watched.context.clock.install();
  const first = await watched.page();
  await signIn(first, server.url, 'ana');
  const tabs = [first];
  while (tabs.length < count) tabs.push(await watched.page());
  for (const tab of tabs) {
    await tab.goto(`${server.url}/rooms/${roomId}`);
    await composer(tab).waitFor();
    await tab.getByText('1 online').waitFor();
  }
  return { tabs, roomId, watched };
}

/** The texts of all messages of the room, as the server has them. */
async function storedTexts(roomId: string): Promise<string[]> {
  const page = await ana.call<{ data: { text: string }[] }>('GET', `/v1/rooms/${roomId}/messages`);
  return page.data.map(({ text }) => text);
}

test('three tabs wake with expired tokens: one renewal serves all, nobody is signed out, messages go on', async () => {
  const { tabs, watched } = await openTabs(3, 'Renewal');
  let renewals = 0;
  const refused: string[] = [];
  watched.context.on('response', (response) => {
    if (response.url().endsWith('/v1/auth/refresh')) renewals += 1;
    if ([401, 409].includes(response.status())) refused.push(`${response.status()} ${response.url()}`);
  });
  // Each timer that came due meanwhile fires once, as after a laptop's sleep.
  await watched.context.clock.fastForward('20:00');
  await until('a renewal', () => renewals > 0);
  for (const [at, tab] of tabs.entries()) await write(tab, `awake ${at}`);
  const sorted = ['awake 0', 'awake 1', 'awake 2'];
  for (const tab of tabs)
    await until('all three messages', async () => (await sentTexts(tab)).toSorted().join() === sorted.join());
  assert.equal(renewals, 1);
  assert.deepEqual(refused, []);
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('sign-out in one tab signs all tabs out, and a reload does not come back', async () => {
  const { tabs, watched } = await openTabs(2, 'Leaving');
  const [first, second] = tabs as [Page, Page];
  await first.getByRole('button', { name: 'Account of Ana' }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  await first.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  for (const tab of tabs) await tab.getByLabel('E-mail address').waitFor({ timeout: 5_000 });
  await second.reload();
  await second.getByLabel('E-mail address').waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('two tabs send at the same time: each message once, those of one tab in its order', async () => {
  const { tabs, roomId, watched } = await openTabs(2, 'Two writers');
  const numbers = ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'];
  const of = (mark: string) => numbers.map((number) => mark + number);
  await Promise.all(
    tabs.map(async (tab, at) => {
      for (const text of of(at === 0 ? 'a' : 'b')) await write(tab, text);
    }),
  );
  for (const tab of tabs) await until('24 messages', async () => (await sentTexts(tab)).length === 24);
  const stored = await storedTexts(roomId);
  for (const tab of tabs) assert.deepEqual(await sentTexts(tab), stored);
  for (const mark of ['a', 'b'])
    assert.deepEqual(
      stored.filter((text) => text.startsWith(mark)),
      of(mark),
    );
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});

test('messages that wait survive the reload of both tabs and are sent once, in order', async () => {
  const { tabs, roomId, watched } = await openTabs(2, 'Patience');
  const [first, second] = tabs as [Page, Page];
  // The page must be there for the reload, so only sending fails.
  await watched.context.route('**/v1/rooms/*/messages', (route) =>
    route.request().method() === 'POST' ? route.abort('connectionrefused') : route.continue(),
  );
  const texts = ['one', 'two', 'three'];
  for (const text of texts) await write(first, text);
  const waiting = (tab: Page) => tab.locator('[data-state="pending"] p[dir="auto"]').allInnerTexts();
  for (const tab of tabs) await until('three rows', async () => (await waiting(tab)).join() === texts.join());
  await Promise.all([first.reload(), second.reload()]);
  for (const tab of tabs) await until('three rows again', async () => (await waiting(tab)).join() === texts.join());
  await watched.context.unroute('**/v1/rooms/*/messages');
  await watched.context.clock.fastForward('00:40');
  for (const tab of tabs) await untilTexts(tab, texts);
  assert.deepEqual(await storedTexts(roomId), texts);
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});
