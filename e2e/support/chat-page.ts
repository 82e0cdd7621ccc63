// Decides how browser tests act as a person in the app, and what no page may do meanwhile: log errors, break the policy.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { until } from './server.ts';

/** The password of everybody in the tests. */
export const PASSWORD = 'correct horse battery';

/** A server that is away is reported by the browser itself, in these words; everything else is our fault. */
const AWAY = /Failed to load resource|WebSocket connection/;

/** A browser context whose pages are watched. */
export interface Watched {
  context: BrowserContext;
  /** Opens one more tab. */
  page: () => Promise<Page>;
  /** What pages logged as errors or warnings, and each violation of the Content-Security-Policy. */
  faults: string[];
}

/** Opens a context of its own in `browser`: another person, or the same one on another device. */
export async function openContext(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const faults: string[] = [];
  await context.exposeBinding('reportViolation', (_source, what: string) => void faults.push(`policy: ${what}`));
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (e) => reportViolation(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))",
  );
  const watch = (page: Page): void => {
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !AWAY.test(message.text())) faults.push(message.text());
    });
  };
  context.on('page', watch);
  return { context, page: () => context.newPage(), faults };
}

/** Signs in as `name@example.com`; resolves when the app is there. */
export async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail address').fill(`${name}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Your rooms' }).waitFor();
}

/** The field for new messages. */
export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });

/** Writes a message and sends it by Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** The texts of the rendered messages that the server has, top to bottom. */
export const sentTexts = (page: Page): Promise<string[]> =>
  page.locator('[data-state="sent"] p[dir="auto"]').allInnerTexts();

/** Waits until the confirmed messages are exactly `expected`, and fails telling what is there instead. */
export async function untilTexts(page: Page, expected: readonly string[], milliseconds = 30_000): Promise<void> {
  let seen: string[] = [];
  try {
    await until(
      'the messages',
      async () => {
        seen = await sentTexts(page);
        return JSON.stringify(seen) === JSON.stringify(expected);
      },
      milliseconds,
    );
  } catch {
    assert.deepEqual(seen, expected);
  }
}

/** What the app says about its connection. */
export const connectionWords = (page: Page): Locator => page.getByRole('status', { name: 'Connection' }).first();
