// Decides what goes with every change of a person's factors: the lock, the audit event and the mail.
import type { Transaction } from 'kysely';
import type { AuditEventName } from '../../audit/events.ts';
import type { Requester } from '../../audit/ports.ts';
import type { Actor, ApiContext } from '../../context.ts';
import type { Database } from '../../db/database.ts';
import type { Tables, UserRow } from '../../db/schema.ts';
import { makeLink } from '../one-time-links.ts';

/** What changing factors asks for. */
export type ChangePorts = Pick<ApiContext, 'config' | 'clock' | 'database' | 'audit' | 'mailer'>;

/** Who changes their own factors, and from where. */
export interface Changer {
  actor: Actor;
  requester: Requester;
}

/** Locks a person until the transaction ends, so that counts of what they have stay true; SQLite has one writer. */
export function lockUser(
  query: Transaction<Tables>,
  dialect: Database['dialect'],
  userId: string,
): Promise<UserRow | undefined> {
  const select = query.selectFrom('users').selectAll().where('id', '=', userId).where('disabled_at', 'is', null);
  return (dialect === 'postgres' ? select.forUpdate() : select).executeTakeFirst();
}

/** A change that happened: its event, and the sentence that its mail says. */
export interface FactorChange {
  name: AuditEventName & ('factor.added' | 'factor.removed' | 'provider.linked' | 'provider.unlinked');
  user: Pick<UserRow, 'id' | 'name' | 'email' | 'epoch'>;
  requester: Requester;
  sessionId?: string;
  /** What changed, for auditors: `totp`, `passkey`, `recovery_codes` or a provider's id. */
  factor: string;
  sentence: string;
}

/** Records a change and tells its person, in the transaction of the change. */
export async function recordChange(
  query: Transaction<Tables>,
  ports: Pick<ChangePorts, 'config' | 'clock' | 'audit' | 'mailer'>,
  change: FactorChange,
): Promise<void> {
  const { user, requester, sessionId } = change;
  await ports.audit.record(query, {
    name: change.name,
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    ...(sessionId === undefined ? {} : { sessionId }),
    details: { factor: change.factor },
  });
  const { url } = await makeLink(query, ports, { kind: 'not_me', user });
  const data = { name: user.name, change: change.sentence, url };
  await ports.mailer.queue(query, { to: user.email, template: 'factor_changed', data });
}
