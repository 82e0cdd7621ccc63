// Proves that a long room stays usable: paging to its beginning, the jump to the latest, few rows in the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createRoom, setUp } from '../support/account.ts';
import type { Account } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { openContext, signIn } from '../support/chat-page.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';

/** More than the client keeps (5,000): at the beginning of the room its end has been let go of. */
const COUNT = 5_100;
const WRITERS = 48;
const MAX_ROWS = 100;
let server: RunningServer;
let browser: Browser;
let ana: Account;

before(async () => {
  server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '1000' });
  browser = await startBrowser();
  ana = await setUp(server.url, server.setupLink());
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function fill(roomId: string): Promise<void> {
  let last = 0;
  const writer = async (): Promise<void> => {
    while (last < COUNT) {
      last += 1;
      const body = { clientMessageId: `message-${last}`, text: 'one of very many' };
      await ana.call('POST', `/v1/rooms/${roomId}/messages`, body);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

const log = (page: Page) => page.getByRole('log');
const rows = (page: Page) => page.locator('article[data-seq]');
const isShown = async (page: Page, seq: number) => (await page.locator(`article[data-seq="${seq}"]`).count()) === 1;

test('a room of 5,100 messages scrolls to its beginning, and jumps to its latest message', async () => {
  const room = await createRoom(ana, 'Long');
  await fill(room.id);
  const { context, page, faults } = await openContext(browser);
  const tab = await page();
  await signIn(tab, server.url, 'ana');
  await tab.goto(`${server.url}/rooms/${room.id}`);
  await until('the newest message', () => isShown(tab, COUNT));
  await until(
    'the beginning',
    async () => {
      await log(tab).evaluate((box) => (box.scrollTop = 0));
      return isShown(tab, 1);
    },
    60_000,
  );
  await tab.getByText('The beginning of “Long”').waitFor();
  assert.ok((await rows(tab).count()) < MAX_ROWS, `${await rows(tab).count()} rows are rendered`);
  const jump = tab.getByRole('button', { name: 'Jump to the latest message' });
  await jump.click();
  await tab.locator(`article[data-seq="${COUNT}"]`).waitFor();
  await jump.waitFor({ state: 'detached' });
  assert.deepEqual(faults, []);
  await context.close();
});
