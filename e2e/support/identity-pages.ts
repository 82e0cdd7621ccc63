// Decides how browser tests act on the pages about identity: menus, codes of an app, passkeys, links of mails that wait.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { URI } from 'otpauth';
import type { Account } from './account.ts';
import { until } from './server.ts';

const STEP_MS = 30_000;

/**
 * The six digits that an app shows for `uri`.
 *
 * @param stepsAhead 1 is the code of the next half minute: the server takes it already, and no code twice
 */
export function codeOfApp(uri: string, stepsAhead = 0): string {
  const app = URI.parse(uri);
  if (!('period' in app)) throw new TypeError('not a code by time');
  return app.generate({ timestamp: Date.now() + stepsAhead * STEP_MS });
}

/** Gives `page` an authenticator of its own that consents to everything at once. */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Opens the account at the part that the navigation calls `part`. */
export async function openAccountPart(page: Page, part: string): Promise<void> {
  await page.getByRole('button', { name: /^Account of / }).click();
  await page.getByRole('menuitem', { name: 'Your account' }).click();
  await page.getByRole('link', { name: part, exact: true }).click();
}

/** Signs out by the menu; resolves on the sign-in page. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account of / }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

/** Gives address and password on the sign-in page that is open, and no more. */
export async function giveCredentials(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** What only people who are signed in see. */
export const rooms = (page: Page): Locator => page.getByRole('navigation', { name: 'Your rooms' });

/** The link of the newest waiting mail to `to` whose subject fits, as an administrator reads it. */
export function linkOfWaitingMail(admin: Account, to: string, subject: RegExp): Promise<string> {
  return until(`a mail to ${to}`, async () => {
    const { data } = await admin.call<{ data: { to: string; subject: string; text: string }[] }>(
      'GET',
      '/v1/admin/mails',
    );
    const mail = data.find((waiting) => waiting.to === to && subject.test(waiting.subject));
    return mail && /https?:\/\/\S+#[\w.~-]+/.exec(mail.text)?.[0];
  });
}

/** Lets every session of the server with the data folder `data` have proved itself a day ago. */
export function ageSessions(data: string): void {
  const database = new DatabaseSync(path.join(data, 'parley.db'), { timeout: 5_000 });
  database.prepare('UPDATE sessions SET authenticated_at = authenticated_at - 86400000').run();
  database.close();
}
