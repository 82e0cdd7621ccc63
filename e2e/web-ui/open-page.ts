// Decides how the tests of the web app open it: Debian's Chromium, a fake server, and what no page may do meanwhile.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ORIGIN, fakeParley } from './fake-parley.ts';
import type { FakeParley } from './fake-parley.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking'.split(' ');
const isBuilt = existsSync(new URL('../../packages/web/dist/index.html', import.meta.url));

/** Why these tests cannot run here; false when they can. */
export const missing: string | false = !isBuilt
  ? 'the web app is not built: npm run build:web'
  : existsSync(CHROMIUM)
    ? false
    : `there is no browser at ${CHROMIUM}: apt-get install chromium`;

/** Starts the browser; whoever started it closes it. */
export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** Opens `path` (the sign-in by default) in a context of its own, against a fake server with `count` messages. */
export async function openFake(
  browser: Browser,
  { count = 3, path = '/sign-in', options = {} }: { count?: number; path?: string; options?: BrowserContextOptions },
): Promise<{ page: Page; fake: FakeParley }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) });
  const fake = await fakeParley(page, count);
  await page.goto(`${ORIGIN}${path}`);
  return { page, fake };
}

/** Gives address and password on the page that is open. */
export async function signInAs(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill('ana@example.org');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Fails for every violation that axe finds, naming where and what. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.html ?? ''}`),
    [],
  );
}

/** Fails when the page can be moved sideways. */
export async function assertNoSideways(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(
    'Math.max(document.documentElement.scrollWidth - innerWidth, ...Array.from(document.querySelectorAll("main"), (one) => one.scrollWidth - one.clientWidth))',
  );
  assert.equal(over, 0, `${where} is wider than the screen`);
}
