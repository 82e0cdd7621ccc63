// Decides which options of a gateway are warned of, because they are dangerous outside a developer's machine.
import type { GatewayConfig } from '@parley/gateway';
import { checkSecret, keyProblemText } from '@parley/tokens';

/** Warnings by the names of options; they never hold a value. */
export function findRisks(config: GatewayConfig): string[] {
  return [...switchRisks(config), ...secretRisks(config)];
}

function switchRisks({ client, http_api: api }: GatewayConfig): string[] {
  const risks: string[] = [];
  if (client.insecure) risks.push('client.insecure: everybody may connect, subscribe and publish without a token');
  if (client.insecure_skip_token_signature_verify) {
    risks.push('client.insecure_skip_token_signature_verify: everybody can write tokens that are believed');
  }
  if (client.user_id_http_header !== '') {
    risks.push('client.user_id_http_header: who reaches this server without the proxy can be anybody');
  }
  if (api.insecure && !api.disabled) risks.push('http_api.insecure: everybody may call the server API without a key');
  if (!api.insecure && !api.disabled && api.key === '') {
    risks.push('http_api.key is empty: the server API refuses every call');
  }
  if (client.allowed_origins.includes('*')) risks.push('client.allowed_origins "*": pages of every site may connect');
  return risks;
}

// Other servers take any secret, and files that work there have to work here.
function secretRisks({ client, shared_poll: poll, http_api: api }: GatewayConfig): string[] {
  const secrets = [
    ['client.token.hmac_secret_key', client.token.hmac_secret_key],
    ['client.token.hmac_previous_secret_key', client.token.hmac_previous_secret_key],
    ['client.subscription_token.hmac_secret_key', client.subscription_token.hmac_secret_key],
    ['client.subscription_token.hmac_previous_secret_key', client.subscription_token.hmac_previous_secret_key],
    ['shared_poll.hmac_secret_key', poll.hmac_secret_key],
    ['shared_poll.hmac_previous_secret_key', poll.hmac_previous_secret_key],
  ] as const;
  const risks: string[] = [];
  for (const [name, secret] of secrets) {
    const problem = secret === '' ? undefined : checkSecret(secret);
    if (problem !== undefined) {
      risks.push(`${name} is weak, others can forge tokens: ${keyProblemText(problem)}`);
    }
  }
  if (api.key !== '' && api.key.length < 20) {
    risks.push('http_api.key is short, others can guess it; take at least 20 random characters');
  }
  return risks;
}
