// Proves the pages in front of the door in a browser against a fake server: every way in, waits, and the pages of mailed links.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ORIGIN, ROOM } from './fake-parley.ts';
import { assertAccessible, assertNoSideways, launch, missing, openFake, signInAs } from './open-page.ts';

const held: { browser?: Browser } = {};
const PHONE = { viewport: { width: 360, height: 740 } };

before(async () => {
  if (missing === false) held.browser = await launch();
});
after(() => held.browser?.close());

const isInside = (page: Page): Promise<void> => page.getByRole('link', { name: ROOM }).waitFor();

test(
  'SignInPage asks for a second factor, takes a code or a recovery code, and can begin anew',
  { skip: missing },
  async () => {
    const { page, fake } = await openFake(held.browser!, {});
    fake.identity.wantsSecondFactor = true;
    await signInAs(page);
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    const code = page.getByLabel('Code from your authenticator app');
    await code.fill('000000');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The code or the ticket is wrong').waitFor();
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await signInAs(page);
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill('k7qm-0f2d-9xva-0h4t');
    await page.keyboard.press('Enter');
    await isInside(page);
    await page.context().close();
  },
);

test('SignInPage waits as long as the server asks, and says for how long', { skip: missing }, async () => {
  const { page, fake } = await openFake(held.browser!, {});
  fake.identity.loginRefusal = { status: 429, code: 'rate.limited', title: 'Too many requests', retryAfter: 2 };
  await signInAs(page);
  const waiting = page.getByRole('button', { name: /^Try again in \d s$/ });
  await waiting.waitFor();
  assert.equal(await waiting.isDisabled(), true);
  fake.identity.loginRefusal = undefined;
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await isInside(page);
  await page.context().close();
});

test(
  'SignInPage tells what a provider brought back, keeps it out of the address, and repeats no foreign words',
  { skip: missing },
  async () => {
    const { page } = await openFake(held.browser!, { path: '/sign-in#problem=provider.unlinked' });
    await page.getByRole('alert').getByText('No account belongs to this sign-in').waitFor();
    assert.equal(page.url(), `${ORIGIN}/sign-in`);
    await page.goto('about:blank');
    await page.goto(`${ORIGIN}/sign-in#problem=Call%20555-0100%20now`);
    await page.getByRole('alert').getByText('Signing in elsewhere did not work').waitFor();
    assert.equal(await page.getByText('555-0100').count(), 0);
    await page.context().close();
  },
);

test('SignInPage takes a passkey by its button, without a password', { skip: missing }, async () => {
  const { page, fake } = await openFake(held.browser!, {});
  // Without the offer in the field for the address, which this authenticator would take at once.
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
  await page.reload();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await devtools.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId: Buffer.from('key-1').toString('base64'),
      isResidentCredential: true,
      rpId: 'parley.localhost',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      userHandle: Buffer.from('ana').toString('base64'),
      signCount: 0,
    },
  });
  const id = Buffer.from('key-1').toString('base64url');
  fake.identity.factors.passkeys.push({ id, name: 'Key', createdAt: '', lastUsedAt: null, isBackedUp: false });
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await isInside(page);
  assert.equal(fake.identity.calls.includes('POST /v1/auth/login'), false);
  await page.context().close();
});

test('ForgotPage answers the same for every address', { skip: missing }, async () => {
  const { page, fake } = await openFake(held.browser!, {});
  await page.getByRole('link', { name: 'Forgot the password?' }).click();
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('Fill this in.').waitFor();
  await page.getByLabel('E-mail address').fill('nobody@example.org');
  await page.keyboard.press('Enter');
  await page.getByText('If there is an account with nobody@example.org').waitFor();
  assert.deepEqual(
    fake.identity.calls.filter((call) => call.includes('password')),
    ['POST /v1/auth/password/forgot'],
  );
  await page.context().close();
});

test(
  'ResetPage takes the token out of the address at once, checks the length, and signs nobody in',
  { skip: missing },
  async () => {
    const { page, fake } = await openFake(held.browser!, { path: '/reset#rst_abc' });
    const field = page.getByLabel('New password', { exact: true });
    await field.fill('too short');
    assert.equal(page.url(), `${ORIGIN}/reset`);
    await page.keyboard.press('Enter');
    await page.getByText('Use at least 12 characters.').waitFor();
    await field.fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your new password is set' }).waitFor();
    assert.equal(fake.identity.calls.includes('POST /v1/auth/login'), false);
    await page.evaluate('location.hash = "used"');
    await field.fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This link has expired or was used').waitFor();
    assert.equal(page.url(), `${ORIGIN}/reset`);
    await page.context().close();
  },
);

for (const [path, action, done, call] of [
  ['/confirm#cfm_abc', 'Confirm the address', 'Your address is confirmed', 'POST /v1/auth/email/confirm'],
  ['/not-me#nme_abc', 'Sign out every device', 'Every device is signed out', 'POST /v1/auth/not-me'],
] as const)
  test(`${path} uses its token up by a press only, never by being opened`, { skip: missing }, async () => {
    const { page, fake } = await openFake(held.browser!, { path });
    await page.getByRole('button', { name: action }).waitFor();
    assert.equal(fake.identity.calls.includes(call), false);
    assert.equal(page.url(), `${ORIGIN}${path.split('#')[0]}`);
    await page.getByRole('button', { name: action }).click();
    await page.getByRole('heading', { name: done }).waitFor();
    assert.equal(fake.identity.calls.filter((made) => made === call).length, 1);
    await page.reload();
    await page.getByText('This page needs the whole link.').waitFor();
    await page.context().close();
  });

for (const colorScheme of ['light', 'dark'] as const)
  test(`the pages in front of the door pass axe and fit a phone (${colorScheme})`, { skip: missing }, async () => {
    const { page, fake } = await openFake(held.browser!, {
      options: { ...PHONE, colorScheme, reducedMotion: 'reduce' },
    });
    for (const [path, heading] of [
      ['/sign-in', 'Sign in'],
      ['/forgot', 'Forgot your password?'],
      ['/reset#rst_abc', 'Set a new password'],
      ['/confirm#cfm_abc', 'Confirm your address'],
      ['/not-me#nme_abc', 'This was not you?'],
    ] as const) {
      await page.goto('about:blank');
      await page.goto(`${ORIGIN}${path}`);
      await page.getByRole('heading', { name: heading }).waitFor();
      await assertAccessible(page, path);
      await assertNoSideways(page, path);
    }
    await page.goto(`${ORIGIN}/sign-in`);
    fake.identity.wantsSecondFactor = true;
    await signInAs(page);
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    await assertAccessible(page, 'second factor');
    await assertNoSideways(page, 'second factor');
    assert.deepEqual(fake.violations, []);
    await page.context().close();
  });
