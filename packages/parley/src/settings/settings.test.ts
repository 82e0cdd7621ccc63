import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from './settings.ts';
import type { ReadSettings } from './settings.ts';

const strong = 'kP3v9sQx7LmW2nRb8TzYc4HdJ6fGaE1uKoXiN5Vt0Mw';

function read(environment: Record<string, string>, flags: Record<string, string> = {}): ReadSettings {
  const files: Record<string, string> = { '/run/secret': `${strong}\n` };
  return readSettings({
    environment,
    flags,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
  });
}

function settingsOf(result: ReadSettings) {
  assert.ok(result.ok, JSON.stringify(result));
  return result.settings;
}

function problemsOf(result: ReadSettings): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.message);
}

test('readSettings() has a default for everything', () => {
  assert.deepEqual(read({}), {
    ok: true,
    warnings: [],
    settings: {
      host: '127.0.0.1',
      port: 8000,
      dataFolder: 'data',
      algorithm: 'HS256',
      keyRotation: 2_592_000,
      accessTokenLife: 900,
      refreshTokenLife: 604_800,
      passwords: { argon2: { memoryCost: 19_456, timeCost: 2, parallelism: 1 }, minLength: 12 },
      registration: 'invitation',
      providers: [],
      logLevel: 'info',
      isProduction: false,
      isDevelopment: false,
      allowedOrigins: [],
      trustedProxies: 0,
      trustedPeers: [],
      rateLimitFactor: 1,
    },
  });
});

test('readSettings() lets flags win over the environment, and takes empty values as absent', () => {
  assert.equal(settingsOf(read({ PORT: '9000' }, { PORT: '9001' })).port, 9001);
  assert.equal(settingsOf(read({ PORT: '' })).port, 8000);
  assert.equal(settingsOf(read({ ACCESS_TOKEN_EXPIRY: '5m' })).accessTokenLife, 300);
  assert.equal(settingsOf(read({ ACCESS_TOKEN_EXPIRY: '600' })).accessTokenLife, 600);
});

test('readSettings() refuses each bad value by name and with the allowed form', () => {
  const cases: [Record<string, string>, string][] = [
    [{ PORT: '80a' }, 'PORT must be a whole number from 0 to 65535'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535'],
    [
      { ACCESS_TOKEN_EXPIRY: '15 min' },
      'ACCESS_TOKEN_EXPIRY must be a time like 90s, 15m, 1h or 7d, from 60 s to 86400 s',
    ],
    [
      { ACCESS_TOKEN_EXPIRY: '30d' },
      'ACCESS_TOKEN_EXPIRY must be a time like 90s, 15m, 1h or 7d, from 60 s to 86400 s',
    ],
    [{ PARLEY_KEY_ROTATION: '59m' }, 'PARLEY_KEY_ROTATION must be off, or a time like 30d, from 1h to 366d'],
    [
      { PARLEY_KEYS_FILE: '/run/keys.json', PARLEY_KEY_ROTATION: '30d' },
      'PARLEY_KEY_ROTATION must be off with PARLEY_KEYS_FILE: who writes that file rotates the keys',
    ],
    [
      { JWT_SECRET: strong, CENTRIFUGO_HMAC_SECRET_KEY: strong },
      'JWT_SECRET and CENTRIFUGO_HMAC_SECRET_KEY must differ: one secret has one use',
    ],
    [{ JWT_ALGORITHM: 'none' }, 'JWT_ALGORITHM must be one of HS256, HS384, HS512, RS256, PS256, ES256, ES384, EdDSA'],
    [{ PARLEY_REGISTRATION: 'anyone' }, 'PARLEY_REGISTRATION must be one of open, invitation, closed'],
    [
      { PARLEY_PUBLIC_URL: 'http://chat.example.org' },
      'PARLEY_PUBLIC_URL must be an https:// address (http:// is for localhost only)',
    ],
    [
      { PARLEY_PUBLIC_URL: 'https://x.org/chat' },
      'PARLEY_PUBLIC_URL must be an address without a path, such as https://chat.example.org',
    ],
    [
      { PARLEY_ALLOWED_ORIGINS: '*' },
      'PARLEY_ALLOWED_ORIGINS must be origins such as https://app.example.org, separated by commas',
    ],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must begin with postgres:// or file:'],
    [{ CENTRIFUGO_API_KEY: 'short' }, 'CENTRIFUGO_API_KEY must be a random text of at least 20 characters'],
    [
      { JWT_SECRET: strong, JWT_ALGORITHM: 'EdDSA' },
      'JWT_ALGORITHM must be HS256, HS384 or HS512 when JWT_SECRET is set; keys of other algorithms live in the data folder',
    ],
    [
      { HOST: '0.0.0.0', NODE_ENV: 'production' },
      'PARLEY_PUBLIC_URL must be set in production, such as https://chat.example.org',
    ],
  ];
  for (const [environment, expected] of cases) assert.deepEqual(problemsOf(read(environment)), [expected]);
});

test('readSettings() tells all problems at once', () => {
  assert.equal(problemsOf(read({ PORT: 'x', LOG_LEVEL: 'loud' })).length, 2);
});

test('readSettings() refuses weak secrets without repeating them', () => {
  for (const secret of ['secret', 'a'.repeat(64), 'changeme-changeme-changeme-changeme-changeme']) {
    for (const name of ['JWT_SECRET', 'CENTRIFUGO_HMAC_SECRET_KEY']) {
      const [problem = ''] = problemsOf(read({ [name]: secret }));
      assert.ok(problem.startsWith(`${name} is refused: `), problem);
      assert.ok(secret.length < 10 || !problem.includes(secret), problem);
    }
  }
  assert.equal(settingsOf(read({ JWT_SECRET: strong })).jwtSecret, strong);
});

test('readSettings() reads secrets from files', () => {
  assert.equal(settingsOf(read({ JWT_SECRET_FILE: '/run/secret' })).jwtSecret, strong);
  assert.deepEqual(problemsOf(read({ JWT_SECRET_FILE: '/run/none' })), [
    'JWT_SECRET_FILE must name a file that this process can read',
  ]);
  assert.deepEqual(problemsOf(read({ JWT_SECRET: strong, JWT_SECRET_FILE: '/run/secret' })), [
    'set JWT_SECRET or JWT_SECRET_FILE, not both',
  ]);
});

test('readSettings() accepts public addresses and origins', () => {
  assert.equal(
    settingsOf(read({ PARLEY_PUBLIC_URL: 'https://chat.example.org/' })).publicUrl,
    'https://chat.example.org',
  );
  assert.equal(settingsOf(read({ PARLEY_PUBLIC_URL: 'http://localhost:3000' })).publicUrl, 'http://localhost:3000');
  assert.deepEqual(
    settingsOf(read({ PARLEY_ALLOWED_ORIGINS: 'http://localhost:5173, https://a.org' })).allowedOrigins,
    ['http://localhost:5173', 'https://a.org'],
  );
});

test('readSettings() warns of unknown PARLEY_ names and of a server that others reach in vain', () => {
  const result = read({ PARLEY_PUBLIC_ULR: 'x', HOST: '0.0.0.0' });
  assert.deepEqual(result.ok && result.warnings, [
    'PARLEY_PUBLIC_ULR is not a setting of Parley and has no effect',
    'other machines can reach this server, but without PARLEY_PUBLIC_URL only this one can sign in',
  ]);
});

test('readSettings() takes a mail server with its sender, and refuses weak or doubtful ones', () => {
  const from = 'Chat <chat@example.org>';
  const smtpOf = (url: string) => settingsOf(read({ PARLEY_SMTP_URL: url, PARLEY_MAIL_FROM: from })).smtp;
  assert.deepEqual(smtpOf('smtp://chat:p%40ss@mail.example.org'), {
    host: 'mail.example.org',
    port: 587,
    isImplicitTls: false,
    isPlainAllowed: false,
    user: 'chat',
    password: 'p@ss',
    from,
  });
  assert.deepEqual(smtpOf('smtps://[::1]:2465'), {
    host: '::1',
    port: 2465,
    isImplicitTls: true,
    isPlainAllowed: true,
    from,
  });
  assert.equal(settingsOf(read({})).smtp, undefined);
  for (const url of [
    'http://mail.example.org',
    'smtp://mail.example.org/?ignoreTLS=true',
    'smtp://u:p@mail.example.org?tls.rejectUnauthorized=false',
    'smtp://mail.example.org/x',
    'smtp://:p@mail.example.org',
    'smtp://u:%zz@mail.example.org',
    'mail.example.org:25',
  ])
    assert.match(
      problemsOf(read({ PARLEY_SMTP_URL: url, PARLEY_MAIL_FROM: from })).join(),
      /^PARLEY_SMTP_URL must be/,
      url,
    );
  for (const sender of ['', 'nobody', 'a@b, c@d', 'X <a@b>\r\nBcc: c@d', '"x" <a@b>'])
    assert.match(
      problemsOf(read({ PARLEY_SMTP_URL: 'smtp://mail.example.org', PARLEY_MAIL_FROM: sender })).join(),
      /^PARLEY_MAIL_FROM must be/,
      sender,
    );
});
