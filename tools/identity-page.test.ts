// Checks that docs/identity.md and docs/operations.md say what the code does: lifetimes, limits, problems, settings.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PROBLEM_CODES } from '@parley/contract';
import { createProfile, createKeyring, generateKey } from '@parley/tokens';
import { LIMITS, RATES } from '../packages/api/src/http/limits.ts';
import { REVOCATION_KEEP_MS } from '../packages/api/src/realtime/revocation.ts';
import { EXAMPLE_ENVIRONMENT } from '../packages/parley/src/commands/init.ts';
import { apiConfig } from '../packages/parley/src/serve/api-config.ts';
import { rotationRules } from '../packages/parley/src/serve/keys.ts';
import { readSettings } from '../packages/parley/src/settings/settings.ts';

const docs = path.join(path.dirname(import.meta.dirname), 'docs');
const read = (name: string): string => readFileSync(path.join(docs, name), 'utf8');
const page = read('identity.md');

function defaults(environment: Record<string, string> = {}) {
  const found = readSettings({ environment, flags: {}, readFile: () => '' });
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return found.settings;
}

const unitMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Milliseconds of a cell such as `15 minutes`. */
function millisecondsOf(cell: string): number {
  const [, count = '', unit = ''] = /^(\d+) (second|minute|hour|day)s?$/.exec(cell) ?? [];
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

test('docs/identity.md: every lifetime is that of the code', () => {
  const config = apiConfig(defaults(), 'https://chat.example.org', '0');
  const ring = createKeyring('access', [generateKey('HS256', 'current')]);
  const profile = createProfile({ kind: 'access', issuer: 'x', algorithms: ['HS256'], ring, maxLifeSeconds: 1 });
  const expected: Record<string, number> = {
    'access token': config.accessTokenLife * 1_000,
    'session without being used': config.refreshIdleLife * 1_000,
    'session at all': config.refreshAbsoluteLife * 1_000,
    'refresh token that was used: same answer again': config.refreshGrace * 1_000,
    'the same, while its successor was never used': config.refreshReplayLimit * 1_000,
    'connection and subscription token': config.connectionTokenLife * 1_000,
    'connection and subscription, unless renewed': config.connectionLife * 1_000,
    'proof of who one is, for delicate things': LIMITS.reauthenticateMs,
    'ticket for a second factor': LIMITS.factors.ticketLifeMs,
    'passkey ceremony': LIMITS.factors.ceremonyLifeMs,
    'visit to a sign-in provider': LIMITS.providers.visitLifeMs,
    'reset link': LIMITS.mailedLinks.resetMs,
    'confirmation link': LIMITS.mailedLinks.confirmMs,
    'set-up link': LIMITS.setupLifeMs,
    'device cookie': LIMITS.deviceLifeSeconds * 1_000,
    'replaced key of a program, beside its successor': LIMITS.apiKeys.overlapMs,
    'leeway of clocks, for signed tokens only': profile.leewaySeconds * 1_000,
  };
  const section = page.split('## Lifetimes')[1]?.split('\n## ')[0] ?? '';
  const rows = Array.from(section.matchAll(/^\| ([^|]+?) +\| (\d+ \w+) +\|/gm), ([, what = '', lives = '']) => [
    what,
    millisecondsOf(lives),
  ]);
  assert.deepEqual(Object.fromEntries(rows), expected);
});

test('docs/identity.md: the limits that it names are those of the code', () => {
  const { lockout, factors } = LIMITS;
  const rules = rotationRules(defaults().keyRotation);
  const hours = (seconds: number): number => seconds / 3_600;
  const minutes = (ms: number): number => ms / 60_000;
  const { 'login-identifier': name, 'login-device': device, 'login-source': source, 'refresh-family': family } = RATES;
  const phrases = [
    `${lockout.freeFailures} failures`,
    `a wait of ${lockout.firstWaitMs / 1_000} s, doubling up to ${minutes(lockout.longestWaitMs)} minutes`,
    `${name.points} tries in an hour`,
    `${device.points} tries in ${device.windowSeconds / 60} minutes`,
    `${source.points} tries in ${source.windowSeconds / 60} minutes`,
    `q=${source.points};w=${source.windowSeconds}`,
    `a taken address (${RATES['register-source'].points} tries an hour)`,
    `at most ${lockout.hardStop} judged guesses in a row`,
    `At most ${LIMITS.refreshReplays} repetitions, ${family.points} renewals a minute for a session (${family.burst} at once)`,
    `A ticket has ${factors.ticketAttempts} tries; after ${factors.failures} wrong codes`,
    `within ${minutes(factors.failureWindowMs)} minutes`,
    `at most ${LIMITS.mailedLinks.resets} an hour`,
    `${LIMITS.sessionsPerUser + 1} sessions`,
    `after ${hours(rules.leadSeconds)} h, or by command`,
    `after ${rules.intervalSeconds / 86_400} days, or by command`,
    `after ${hours(rules.retiredSeconds)} h`,
  ];
  for (const phrase of phrases) assert.ok(page.includes(phrase), phrase);
  assert.deepEqual(
    [name.windowSeconds, RATES['register-source'].windowSeconds, family.windowSeconds],
    [3600, 3600, 60],
  );
  // "four times a second" and "a day longer than any token lives"
  assert.deepEqual([LIMITS.revocationPollMs, REVOCATION_KEEP_MS], [250, 24 * 3_600_000]);
});

test('docs/identity.md explains every problem of signing in, and its links lead somewhere', () => {
  const named = new Set(Array.from(page.matchAll(/\[`([a-z_.]+)`\]\(errors\.md#([a-z_]+)\)/g), ([, code]) => code));
  for (const code of PROBLEM_CODES.filter((one) => one.startsWith('auth.'))) assert.ok(named.has(code), code);
  for (const name of ['identity.md', 'identity-cases.md', 'asvs.md']) {
    for (const [, file = '', anchor] of read(name).matchAll(/\]\(([\w./-]+)(?:#([^)]+))?\)/g)) {
      assert.ok(existsSync(path.join(docs, file)), `${name}: ${file}`);
      if (anchor === undefined) continue;
      const headings = Array.from(
        readFileSync(path.join(docs, file), 'utf8').matchAll(/^#+ (.+)$/gm),
        ([, text = '']) =>
          text
            .toLowerCase()
            .replaceAll(/[^\p{L}\d _-]/gu, '')
            .replaceAll(' ', '-'),
      );
      assert.ok(headings.includes(anchor), `${name}: ${file}#${anchor}`);
    }
  }
});

/** The names of all settings, as reading asks for them; providers under `<ID>`. */
function settingNames(): string[] {
  const asked = new Set<string>();
  const provider = {
    PARLEY_OIDC_ACME_ISSUER: 'https://id.example.org',
    PARLEY_OIDC_ACME_CLIENT_ID: 'parley',
    PARLEY_SMTP_URL: 'smtps://mail.example.org:465',
    PARLEY_MAIL_FROM: 'chat@example.org',
    SESSION_AUTH: 'on',
    SESSION_AUTH_COOKIE: 'sid',
    SESSION_AUTH_URL: 'https://app.example.org/whoami',
    PARLEY_PASSWORD_PARALLEL: '2',
  };
  defaults(
    new Proxy<Record<string, string>>(provider, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name) as string;
      },
    }),
  );
  return Array.from(asked, (name) => name.replace('_ACME_', '_<ID>_'));
}

test('docs/operations.md and `parley init` list every setting', () => {
  const table = read('operations.md').split('## Settings')[1]?.split('\n## ')[0] ?? '';
  const names = settingNames();
  assert.ok(names.length > 40, String(names.length));
  for (const name of names) {
    const file = /^(.*)_FILE$/.exec(name)?.[1];
    const isListed =
      file !== undefined && names.includes(file)
        ? table.includes(`| \`${file}\` (\`_FILE\`)`)
        : table.includes(`| \`${name}\``);
    assert.ok(isListed, `${name} is not in the table of docs/operations.md`);
    const example = EXAMPLE_ENVIRONMENT.join('\n');
    const shown = name.replace('_<ID>_', '_ACME_');
    if (file === undefined) assert.ok(example.includes(`# ${shown}=`), `${shown} is not in what parley init prints`);
  }
});
