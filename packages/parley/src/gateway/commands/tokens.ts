// Decides what `gentoken`, `gensubtoken`, `checktoken` and `checksubtoken` sign and say.
import type { GatewayConfig } from '@parley/gateway';
import { describeForeign, type ForeignKind, signForeign } from '@parley/tokens';
import { EXIT } from '../../output.ts';
import { createVerifiers } from '../token-gate.ts';
import { type GatewayCommand, loadFor, textOption } from './options.ts';

const defaultLifeSeconds = 604_800;

/** Signs a connection token (HS256) with the secret of the configuration. */
export function generateToken(command: GatewayCommand): number {
  return sign(command, 'connection');
}

/** Signs a subscription token (HS256) for a channel. */
export function generateSubscriptionToken(command: GatewayCommand): number {
  return sign(command, 'subscription');
}

/** Verifies a connection token and prints its user and claims. */
export function checkConnectionToken(command: GatewayCommand, positional: readonly string[]): Promise<number> {
  return check(command, 'connection', positional);
}

/** Verifies a subscription token and prints its user, channel and claims. */
export function checkSubscriptionToken(command: GatewayCommand, positional: readonly string[]): Promise<number> {
  return check(command, 'subscription', positional);
}

function sign(command: GatewayCommand, kind: ForeignKind): number {
  const { output, options } = command;
  const config = read(command);
  if (config === undefined) return EXIT.usage;
  const life = Number(textOption(command, 'ttl') ?? defaultLifeSeconds);
  if (!Number.isSafeInteger(life) || (life <= 0 && life !== -1)) {
    output.fail('--ttl must be a number of seconds above 0, or -1 for a token without end');
    return EXIT.usage;
  }
  const group = kind === 'subscription' && config.client.subscription_token.enabled ? 'subscription_token' : 'token';
  const secret = config.client[group].hmac_secret_key;
  if (secret === '') {
    output.fail(`client.${group}.hmac_secret_key is not set; without it nothing can be signed`);
    return EXIT.failure;
  }
  const user = textOption(command, 'user') ?? '';
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { ...(user === '' ? {} : { sub: user }), iat, ...(life === -1 ? {} : { exp: iat + life }) };
  const channel = textOption(command, 'channel') ?? '';
  const token = signForeign(kind === 'subscription' ? { ...claims, channel } : claims, secret);
  const forWhom = user === '' ? 'an anonymous user' : `user ${JSON.stringify(user)}`;
  const where = kind === 'subscription' ? ` on channel ${JSON.stringify(channel)}` : '';
  const until = life === -1 ? 'without end' : `good for ${life} s`;
  const lines = options['quiet'] === true ? [token] : [`${kind} token of ${forWhom}${where}, ${until}:`, token];
  output.print({ ok: true, token }, lines);
  return EXIT.ok;
}

async function check(command: GatewayCommand, kind: ForeignKind, [given = '-']: readonly string[]): Promise<number> {
  const { io, output } = command;
  const config = read(command);
  if (config === undefined) return EXIT.usage;
  const created = createVerifiers(config.client);
  if (!created.ok) {
    for (const problem of created.problems) output.fail(problem);
    return EXIT.usage;
  }
  const token = (given === '-' ? await io.readInput() : given).trim();
  const verified = await created[kind](token, kind);
  const description = describeForeign(verified);
  if (!verified.ok) {
    output.fail(description);
    return EXIT.failure;
  }
  output.print({ ok: true, kind: verified.kind, claims: verified.claims }, description.split('\n'));
  return EXIT.ok;
}

function read(command: GatewayCommand): GatewayConfig | undefined {
  const loaded = loadFor(command);
  if (loaded.ok) return loaded.config;
  for (const problem of loaded.problems) command.output.fail(problem);
  return undefined;
}
