// Decides what an operator may do to people at the machine itself, where no session is needed.
import { OperatorOrder, type OperatorAnswer } from '@parley/contract';
import type { Logger } from 'pino';
import type { SecretKeys } from '@parley/tokens';
import { createAudit } from '../audit/audit.ts';
import type { ApiConfig } from '../config.ts';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { UserRow } from '../db/schema.ts';
import { createMailer } from '../mail/mailer.ts';
import { listPeople, presentPerson } from './list-people.ts';
import { createRateLimits } from '../http/rate-limits.ts';
import { createLockout } from './lockout.ts';
import { changePerson, unlockPerson, type ChangedBy, type ManagePorts } from './manage-people.ts';
import { canonicalEmail } from './normalise.ts';

/** Carries out orders; they are recorded in the audit log without an actor, as coming from `operator`. */
export interface Operator {
  carryOut(order: OperatorOrder): Promise<OperatorAnswer>;
}

const by: ChangedBy = {
  actorId: null,
  requester: { source: 'operator', userAgent: 'parley user', requestId: '' },
};

/** Makes the operator of a running server: what ends, ends at once. */
export function createOperator(ports: ManagePorts): Operator {
  const find = (email: string): Promise<UserRow | undefined> =>
    ports.database.read
      .selectFrom('users')
      .selectAll()
      .where('email_key', '=', canonicalEmail(email)?.key ?? '')
      .executeTakeFirst();
  const one = async (user: UserRow): Promise<OperatorAnswer> => ({
    ok: true,
    people: [await presentPerson(ports, user)],
    next: null,
  });
  return {
    async carryOut(given) {
      const order = OperatorOrder.parse(given);
      if (order.action === 'list') {
        const { data, page } = await listPeople(ports, order.query);
        return { ok: true, people: data, next: page.next };
      }
      const user = await find(order.email);
      if (user === undefined) return { ok: false, problem: 'not_found' };
      if (order.action === 'unlock') {
        await unlockPerson(ports, by, user.id);
        return one(user);
      }
      const { role, disabled } = order;
      const changed = await changePerson(ports, by, { userId: user.id, role, disabled });
      return changed.ok ? one(changed.user) : changed;
    },
  };
}

/** What an operator works with while no server runs. */
export interface OfflinePorts {
  config: ApiConfig;
  clock: Clock;
  database: Database;
  secretKeys: SecretKeys;
  log: Logger;
}

/** Makes the operator of an open, migrated database that no server uses: there is nothing live to end. */
export function createOfflineOperator(ports: OfflinePorts): Operator {
  const { clock, database, log, secretKeys } = ports;
  return createOperator({
    ...ports,
    audit: createAudit({ database, clock, log }),
    mailer: createMailer({ clock, isConfigured: false }),
    lockout: createLockout({ secretKeys, clock, database, limits: createRateLimits({ clock }) }),
    revocations: { isRevoked: () => true, add: () => undefined, raiseEpoch: () => undefined },
    disconnector: { disconnect: () => undefined, disconnectSession: () => undefined, idle: () => Promise.resolve() },
  });
}
