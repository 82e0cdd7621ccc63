// Decides what is recorded of a new password that was refused: the rule, never the password.
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { PasswordRule } from './password-policy.ts';

/** Notes a refusal, if it was one of the password rules, and hands it on. */
export function refusedByPolicy<T extends { ok: false; problem: string; rule?: PasswordRule }>(
  ports: Pick<ApiContext, 'audit'>,
  refused: T,
  requester: Requester,
): T {
  if (refused.rule !== undefined)
    ports.audit.note({ name: 'password.policy_rejected', outcome: 'failure', reason: refused.rule, requester });
  return refused;
}
