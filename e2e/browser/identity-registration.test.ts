// Proves registration by mail and the way in past a guessed name against a real server with a mail server that takes everything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startSmtpSink, type SmtpSink } from '../../packages/api/src/mail/testing/smtp-sink.ts';
import { setUp } from '../support/account.ts';
import { startBrowser } from '../support/browser.ts';
import { PASSWORD, openContext, type Watched } from '../support/chat-page.ts';
import { giveCredentials } from '../support/identity-pages.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';
import { assertAccessible, assertNoSideways } from '../web-ui/open-page.ts';

const held: { server?: RunningServer; browser?: Browser; sink?: SmtpSink } = {};

before(async () => {
  held.sink = await startSmtpSink();
  held.server = await startServer({
    PARLEY_REGISTRATION: 'open',
    PARLEY_SMTP_URL: `smtp://127.0.0.1:${held.sink.port}`,
    PARLEY_MAIL_FROM: 'Parley <parley@example.com>',
    PARLEY_TRUSTED_PROXIES: '1',
  });
  held.browser = await startBrowser();
  await setUp(held.server.url, held.server.setupLink());
});
after(async () => {
  await held.browser?.close();
  await held.server?.close();
  await held.sink?.close();
});

async function open(path: string): Promise<{ page: Page; watched: Watched }> {
  const phone = { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' } as const;
  const watched = await openContext(held.browser!, phone);
  const page = await watched.page();
  await page.goto(`${held.server!.url}${path}`);
  return { page, watched };
}

/** The plain text of the newest mail to `to` whose subject fits, its lines as they were written. */
function mailTo(to: string, subject: RegExp): Promise<string> {
  return until(`a mail to ${to}`, () => {
    const mail = held.sink!.mails.findLast((one) => one.includes(`To: ${to}`) && subject.test(one));
    return mail?.replaceAll('=\n', '').replaceAll('=3D', '=');
  });
}

async function register(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Your name').fill('Zoe');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
}

test('registration: the mailed link confirms the account, which then signs in; a known address hears the same', async () => {
  const { page, watched } = await open('/register');
  await register(page, 'zoe@example.com');
  await assertAccessible(page, 'check mail');
  await assertNoSideways(page, 'check mail');
  const mail = await mailTo('zoe@example.com', /Subject: Confirm your e-mail/);
  const link = /https?:\/\/\S+#[\w.~-]+/.exec(mail)?.[0];
  assert.ok(link !== undefined, mail);
  await page.goto(link);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
  await page.getByRole('link', { name: 'Go to your rooms' }).click();
  await giveCredentials(page, 'zoe@example.com', PASSWORD);
  await page.getByRole('button', { name: 'Account of Zoe' }).waitFor();
  const again = await open('/register');
  await register(again.page, 'ana@example.com');
  const told = await mailTo('ana@example.com', /account/);
  assert.match(told, new RegExp(`${held.server!.url}/sign-in`));
  assert.deepEqual([watched.faults, again.watched.faults], [[], []]);
  await watched.context.close();
  await again.watched.context.close();
});

test('a name that is being guessed still opens, for the work of a few seconds', { timeout: 60_000 }, async () => {
  for (let tries = 0; tries < 20; tries += 1) {
    const body = { email: 'ana@example.com', password: `guess number ${tries}`, client: 'web' };
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${tries + 1}` };
    const guess = await fetch(`${held.server!.url}/v1/auth/login`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    await guess.body?.cancel();
    assert.equal(guess.status, 401);
  }
  const { page, watched } = await open('/sign-in');
  const asked = page.waitForResponse((response) => response.url().endsWith('/v1/auth/login') && !response.ok());
  await giveCredentials(page, 'ana@example.com', PASSWORD);
  assert.equal(((await (await asked).json()) as { code: string }).code, 'auth.challenge_required');
  await page.getByRole('button', { name: 'Account of Ana' }).waitFor();
  assert.deepEqual(watched.faults, []);
  await watched.context.close();
});
