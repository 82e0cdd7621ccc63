// Decides how an operator makes accounts at the machine itself, where no session is needed.
import type { FieldProblem, Role, User } from '@parley/contract';
import type { ApiContext } from '../context.ts';
import { insertUser, judgeAccount, presentUser } from './accounts.ts';
import type { TypedAccount } from './accounts.ts';
import { createPasswords } from './passwords.ts';

/** What making an account gets; `errors` names each wrong field. */
export type AccountMade =
  | { ok: true; user: User }
  | {
      ok: false;
      problem: 'request.invalid' | 'password.policy' | 'user.exists' | 'server.busy';
      errors: FieldProblem[];
    };

/** What an operator may do to accounts. */
export interface AccountTools {
  create(account: TypedAccount, role: Role): Promise<AccountMade>;
}

/** Makes the tools on an open, migrated database. Nothing is published: they are for when no server runs on it. */
export function createAccountTools(
  ports: Pick<ApiContext, 'config' | 'clock' | 'database' | 'secretKeys' | 'log'>,
): AccountTools {
  const { config, clock, database } = ports;
  return {
    async create(account, role) {
      const passwords = await createPasswords(config, ports);
      const judged = await judgeAccount(passwords, account);
      if (!judged.ok) return { ok: false, problem: judged.problem, errors: judged.errors };
      const hashed = await passwords.hash(account.password);
      if (!hashed.ok) return { ...hashed, errors: [] };
      const made = { account: judged.account, role, passwordHash: hashed.hash, now: clock.now() };
      const user = await database.transact((query) => insertUser(query, made));
      return user === undefined
        ? { ok: false, problem: 'user.exists', errors: [] }
        : { ok: true, user: presentUser(user) };
    },
  };
}
