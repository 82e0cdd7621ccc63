// Decides what `parley init` writes and prints: the data folder with its keys, and an example environment.
import path from 'node:path';
import { EXIT } from '../output.ts';
import { loadSecrets, masked } from '../settings/secret-files.ts';
import type { CommandContext } from './context.ts';

/** The example environment, with every setting, its default and what it does. */
export const EXAMPLE_ENVIRONMENT: readonly string[] = [
  '# PORT=8000                      # where Parley listens',
  '# HOST=127.0.0.1                 # this machine only; 0.0.0.0 for all (then set PARLEY_PUBLIC_URL)',
  '# PARLEY_PUBLIC_URL=https://chat.example.org',
  '# PARLEY_DATA=./data             # database and keys; keep it out of backups that others can read',
  '# PARLEY_REGISTRATION=invitation # open, invitation or closed',
  '# PARLEY_ALLOWED_ORIGINS=        # other sites whose pages may connect, separated by commas',
  '# PARLEY_TRUSTED_PROXIES=0       # how many of your own proxies stand in front',
  '# PARLEY_TRUSTED_PEERS=          # their addresses or networks, such as 10.0.0.0/8',
  '# DATABASE_URL=                  # file:/path/to/parley.db or postgres://…; default: parley.db in the data folder',
  '# JWT_SECRET=                    # or JWT_SECRET_FILE; default: generated, in the data folder',
  '# JWT_ALGORITHM=HS256            # HS384, HS512, RS256, PS256, ES256, ES384 or EdDSA',
  '# PARLEY_KEYS_FILE=              # all keys in one file, for several servers',
  '# PARLEY_KEY_ROTATION=30d        # or off',
  '# ACCESS_TOKEN_EXPIRY=15m',
  '# REFRESH_TOKEN_EXPIRY=7d',
  '# CENTRIFUGO_API_KEY=            # or CENTRIFUGO_API_KEY_FILE; default: generated, in the data folder',
  '# CENTRIFUGO_HMAC_SECRET_KEY=    # or …_FILE; signs connection tokens of your own backend',
  '# PARLEY_SMTP_URL=               # or …_FILE: smtp://user:password@mail.example.org:587; without it mails are held',
  '# PARLEY_MAIL_FROM=              # the sender, such as Chat <chat@example.org>',
  '# PARLEY_RATE_LIMIT_FACTOR=1     # multiplies every rate limit; for load tests',
  '# PARLEY_PASSWORD_MIN_LENGTH=12  # 8 to 64',
  '# PARLEY_ARGON2_MEMORY_KIB=19456 # what a password hash costs; `parley password calibrate` measures',
  '# PARLEY_ARGON2_TIME=2',
  '# PARLEY_ARGON2_PARALLELISM=1',
  '# PARLEY_PASSWORD_PARALLEL=      # password hashes at once',
  '# PARLEY_BREACHED_PASSWORDS_FILE= # a sorted list of SHA-1, as of "Have I Been Pwned"',
  '# PARLEY_OIDC_ACME_ISSUER=       # a sign-in provider; ACME is yours to choose, several may stand beside each other',
  '# PARLEY_OIDC_ACME_CLIENT_ID=',
  '# PARLEY_OIDC_ACME_CLIENT_SECRET= # or …_FILE',
  '# PARLEY_OIDC_ACME_NAME=         # the words on the button',
  '# PARLEY_OIDC_ACME_ALLOW_REGISTRATION=follow # on, off, or as PARLEY_REGISTRATION says',
  '# PARLEY_OIDC_ACME_LINK_BY_EMAIL=off',
  '# PARLEY_OIDC_ACME_SECOND_FACTOR=off',
  '# PARLEY_OIDC_ACME_PRIVATE_ADDRESS=off',
  '# SESSION_AUTH=off              # on, or "until 2026-12-31": sessions of an older system beside our own',
  '# SESSION_AUTH_COOKIE=           # the name of its cookie',
  '# SESSION_AUTH_URL=              # where it says whose cookie that is; see docs/migrating-sessions.md',
  '# LOG_LEVEL=info                 # trace, debug, info, warn, error, fatal or silent',
  '# NODE_ENV=production            # JSON logs, strict checks',
];

/** Makes the data folder with its secrets unless they are there, and prints an example environment. */
export async function init({ output, settings }: CommandContext): Promise<number> {
  const loaded = await loadSecrets(settings);
  if (!loaded.ok) {
    output.fail(loaded.problem);
    return EXIT.failure;
  }
  const { created, warnings, apiKey } = loaded.secrets;
  const folder = path.resolve(settings.dataFolder);
  const done =
    created.length > 0 ? `written: ${created.join(', ')}` : 'the keys were there already; nothing was changed';
  output.print({ ok: true, dataFolder: folder, created, warnings, environment: EXAMPLE_ENVIRONMENT }, [
    `data folder: ${folder}`,
    done,
    ...warnings,
    `API key for your own backend: ${masked(apiKey)}, in ${path.join(folder, 'api-key')}`,
    '',
    '# Example environment: the defaults, each with what it does.',
    ...EXAMPLE_ENVIRONMENT,
  ]);
  return EXIT.ok;
}
