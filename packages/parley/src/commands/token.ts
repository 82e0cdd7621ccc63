// Decides what `parley token mint` signs and what `parley token check` tells about a token.
import type { TokenKind } from '@parley/tokens';
import { EXIT, publicUrlOf } from '../output.ts';
import { createServerTokens, MAX_REALTIME_TOKEN_LIFE } from '../serve/tokens.ts';
import type { ServerTokens } from '../serve/tokens.ts';
import { loadSecrets } from '../settings/secret-files.ts';
import { parseLife } from '../settings/values.ts';
import type { CommandContext } from './context.ts';

const clock = { now: Date.now };

/** Signs a connection token for a user, with channels that the server subscribes at connect. */
export async function mintToken(context: CommandContext): Promise<number> {
  const { output, options } = context;
  const life = parseLife(String(options.life ?? '1h'), 1, MAX_REALTIME_TOKEN_LIFE);
  if (!life.ok) {
    output.fail(`--life must be ${life.allowed}`);
    return EXIT.usage;
  }
  const loaded = await loadTokens(context);
  if (!loaded.ok) {
    output.fail(loaded.problem);
    return EXIT.failure;
  }
  const channels = Array.isArray(options.channel) ? { channels: options.channel } : {};
  const expiresAt = Math.floor(clock.now() / 1_000) + life.value;
  const room = options.room === undefined ? {} : { room: String(options.room) };
  const claims = { sub: String(options.user), expire_at: expiresAt, ...channels, ...room };
  const token = loaded.tokens.connection.sign(claims, life.value);
  output.print({ ok: true, token, expiresIn: life.value }, [token]);
  return EXIT.ok;
}

/** Says whether a token would pass here, as which kind, until when; it never prints the token. */
export async function checkToken(context: CommandContext, [given = '-']: readonly string[]): Promise<number> {
  const { io, output } = context;
  const token = (given === '-' ? await io.readInput() : given).trim();
  const loaded = await loadTokens(context);
  if (!loaded.ok) {
    output.fail(loaded.problem);
    return EXIT.failure;
  }
  const problems: string[] = [];
  for (const kind of ['access', 'connection', 'subscription'] as const satisfies readonly TokenKind[]) {
    const verified = loaded.tokens[kind].verify(token);
    if (!verified.ok) {
      problems.push(`${kind}: ${verified.problem}`);
      continue;
    }
    const { claims, kid } = verified;
    output.print({ ok: true, kind, kid, claims }, [
      `a good ${kind} token`,
      `  user     ${claims.sub}`,
      `  expires  ${new Date(claims.exp * 1_000).toISOString()}`,
      `  key      ${kid}`,
      ...('channel' in claims ? [`  channel  ${claims.channel}`] : []),
      'Whether its session or membership has ended since, only the running server knows.',
    ]);
    return EXIT.ok;
  }
  const summary = `no token of this server (${problems.join('; ')}); is PARLEY_PUBLIC_URL or --data another one?`;
  output.fail(summary);
  return EXIT.failure;
}

async function loadTokens({
  settings,
}: CommandContext): Promise<{ ok: true; tokens: ServerTokens } | { ok: false; problem: string }> {
  const loaded = await loadSecrets(settings);
  if (!loaded.ok) return loaded;
  const issuer = publicUrlOf(settings, settings.port);
  const { accessTokenLife } = settings;
  return { ok: true, tokens: createServerTokens({ issuer, rings: loaded.secrets.rings, accessTokenLife }, clock) };
}
