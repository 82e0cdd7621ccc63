// Decides what a new account is made of and how accounts are stored and shown.
import type { FieldProblem, Role, User } from '@parley/contract';
import type { Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Tables, UserRow } from '../db/schema.ts';
import { canonicalEmail, canonicalName, type CanonicalEmail } from './normalise.ts';
import type { PasswordPolicy, PasswordRule } from './password-policy.ts';

/** What a person typed to make an account. */
export interface TypedAccount {
  email: string;
  name: string;
  password: string;
}

/** An account that may be made: every part in its canonical form. */
export interface JudgedAccount {
  email: CanonicalEmail;
  name: string;
  password: string;
}

/** Whether an account may be made of what was typed. */
export type AccountJudged =
  | { ok: true; account: JudgedAccount }
  | { ok: false; problem: 'request.invalid'; errors: FieldProblem[] }
  | { ok: false; problem: 'password.policy'; errors: FieldProblem[]; rule: PasswordRule };

/** Brings the parts of an account to their canonical form and judges them; all wrong fields are named at once. */
export async function judgeAccount(passwords: PasswordPolicy, typed: TypedAccount): Promise<AccountJudged> {
  const email = canonicalEmail(typed.email);
  const name = canonicalName(typed.name);
  const refused = await passwords.judge(typed.password, typed);
  const errors: FieldProblem[] = [];
  if (email === undefined) errors.push({ pointer: '/email', message: 'is not an e-mail address that can be used' });
  if (name === undefined) errors.push({ pointer: '/name', message: 'must not hold control characters' });
  if (refused !== undefined) errors.push({ pointer: '/password', message: refused.message });
  if (email === undefined || name === undefined) return { ok: false, problem: 'request.invalid', errors };
  if (refused !== undefined) return { ok: false, problem: 'password.policy', errors, rule: refused.rule };
  return { ok: true, account: { email, name, password: typed.password } };
}

/**
 * Stores an account.
 *
 * @returns undefined if there is one with this address, also when it appeared a moment ago
 */
export function insertUser(
  query: Transaction<Tables>,
  made: { account: JudgedAccount; role: Role; passwordHash: string; now: number; awaitsConfirmation?: boolean },
): Promise<UserRow | undefined> {
  return query
    .insertInto('users')
    .values({
      id: uuidv7(),
      email: made.account.email.email,
      email_key: made.account.email.key,
      name: made.account.name,
      role: made.role,
      password_hash: made.passwordHash,
      awaits_confirmation: made.awaitsConfirmation === true ? 1 : 0,
      disabled_at: null,
      created_at: made.now,
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** A person as they and administrators see them. */
export function presentUser(user: UserRow): User {
  const { id, name, email, role } = user;
  return { id, name, email, role, createdAt: new Date(user.created_at).toISOString() };
}
