// Decides how an operator makes accounts at the machine itself, where no session is needed.
import type { FieldProblem, Role } from '@parley/contract';
import type { ApiContext } from '../context.ts';
import type { UserRow } from '../db/schema.ts';
import { insertUser, judgeAccount, type TypedAccount } from './accounts.ts';
import type { ChangedBy } from './manage-people.ts';
import type { Passwords } from './passwords.ts';

/** What making an account gets; `errors` names each wrong field. */
export type AccountMade =
  | { ok: true; user: UserRow }
  | {
      ok: false;
      problem: 'request.invalid' | 'password.policy' | 'user.exists' | 'server.busy';
      errors: FieldProblem[];
    };

/** What making an account asks for. */
export interface AccountPorts extends Pick<ApiContext, 'clock' | 'database' | 'audit'> {
  passwords: Pick<Passwords, 'judge' | 'hash'>;
}

/** Makes an account that can be used at once: who is at the machine vouches for the address. */
export async function createAccount(
  ports: AccountPorts,
  by: ChangedBy,
  wanted: TypedAccount & { role: Role },
): Promise<AccountMade> {
  const { role, ...typed } = wanted;
  const judged = await judgeAccount(ports.passwords, typed);
  if (!judged.ok) return { ok: false, problem: judged.problem, errors: judged.errors };
  const hashed = await ports.passwords.hash(typed.password);
  if (!hashed.ok) return { ...hashed, errors: [] };
  const made = { account: judged.account, role, passwordHash: hashed.hash, now: ports.clock.now() };
  return ports.database.transact(async (query) => {
    const user = await insertUser(query, made);
    if (user === undefined) return { ok: false, problem: 'user.exists', errors: [] };
    await ports.audit.record(query, {
      name: 'user.created',
      outcome: 'success',
      requester: by.requester,
      subjectId: user.id,
      details: { role, by: 'operator' },
    });
    return { ok: true, user };
  });
}
