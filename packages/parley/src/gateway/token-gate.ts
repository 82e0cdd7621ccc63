// Decides how `client.token` and `client.subscription_token` judge the tokens of a gateway that stands alone.
import type { GatewayConfig, Log, TokenGate } from '@parley/gateway';
import { createForeignTokens, type VerifyForeign } from '@parley/tokens';
import { createForeignGate } from '../serve/foreign-grants.ts';

type ClientOptions = GatewayConfig['client'];

/** The verifiers of a configuration, or everything that is wrong with its options, by name. */
export type CreatedVerifiers =
  | { ok: true; connection: VerifyForeign; subscription: VerifyForeign }
  | { ok: false; problems: readonly string[] };

/** Makes the verifiers; subscriptions have the one of connections unless they have options of their own. */
export function createVerifiers(client: ClientOptions, log?: Log): CreatedVerifiers {
  const connection = createOne(client, 'token', log);
  const subscription = client.subscription_token.enabled ? createOne(client, 'subscription_token', log) : connection;
  if (connection.ok && subscription.ok) {
    return { ok: true, connection: connection.verify, subscription: subscription.verify };
  }
  const problems = new Set([connection, subscription].flatMap((made) => (made.ok ? [] : made.problems)));
  return { ok: false, problems: [...problems] };
}

type CreatedOne = { ok: true; verify: VerifyForeign } | { ok: false; problems: readonly string[] };

function createOne(client: ClientOptions, group: 'token' | 'subscription_token', log: Log | undefined): CreatedOne {
  const options = client[group];
  const made = createForeignTokens(
    {
      hmacSecretKey: options.hmac_secret_key,
      hmacPreviousSecretKey: options.hmac_previous_secret_key,
      hmacPreviousSecretKeyValidUntil: options.hmac_previous_secret_key_valid_until,
      rsaPublicKey: options.rsa_public_key,
      ecdsaPublicKey: options.ecdsa_public_key,
      jwksPublicEndpoint: options.jwks_public_endpoint,
      audience: options.audience,
      audienceRegex: options.audience_regex,
      issuer: options.issuer,
      issuerRegex: options.issuer_regex,
      userIdClaim: options.user_id_claim,
      insecureSkipJwksEndpointSafetyCheck: options.insecure_skip_jwks_endpoint_safety_check,
      insecureSkipTokenSignatureVerify: client.insecure_skip_token_signature_verify,
      jwksAllowHttp: options.jwks_allow_http,
      jwksAllowPrivateAddresses: options.jwks_allow_private_addresses,
    },
    {
      clock: { now: Date.now },
      onFetchFailure: (address, reason) => log?.warn({ address, reason }, 'keys of tokens could not be fetched'),
    },
  );
  if (made.ok) return made;
  return { ok: false, problems: made.problems.map(({ option, text }) => `client.${group}.${option} ${text}`) };
}

/** A gate whose rules can be replaced while it is asked. */
export type CreatedGate =
  | {
      ok: true;
      gate: TokenGate;
      /** Judges from now on by other options; returns what is wrong with them, and then nothing has changed. */
      replace(client: ClientOptions): readonly string[];
    }
  | { ok: false; problems: readonly string[] };

/** Makes the gate of a gateway that stands alone. */
export function createReplaceableGate(client: ClientOptions, log?: Log): CreatedGate {
  const first = createVerifiers(client, log);
  if (!first.ok) return first;
  const current = { verifiers: first };
  const gate = createForeignGate({
    connection: (...asked) => current.verifiers.connection(...asked),
    subscription: (...asked) => current.verifiers.subscription(...asked),
  });
  return {
    ok: true,
    gate,
    replace(next) {
      const made = createVerifiers(next, log);
      if (!made.ok) return made.problems;
      current.verifiers = made;
      return [];
    },
  };
}
