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
import { createAccount, type AccountPorts } from './account-tools.ts';
import { listPeople, presentPerson } from './list-people.ts';
import { createRateLimits } from '../http/rate-limits.ts';
import { createLockout } from './lockout.ts';
import { changePerson, unlockPerson, type ManagePorts } from './manage-people.ts';
import { canonicalEmail } from './normalise.ts';
import { createPasswords } from './passwords.ts';
import { resetFactors, type Helper } from './rescue-people.ts';

/** Carries out orders; they are recorded in the audit log without an actor, as coming from `operator`. */
export interface Operator {
  carryOut(order: OperatorOrder): Promise<OperatorAnswer>;
}

const by: Helper = {
  actor: null,
  actorId: null,
  requester: { source: 'operator', userAgent: 'parley user', requestId: '' },
};

/**
 * Makes the operator of a running server: what ends, ends at once.
 *
 * @param passwordsOf those of the server, so that what it computes stays bounded
 */
export function createOperator(ports: ManagePorts, passwordsOf: () => Promise<AccountPorts['passwords']>): Operator {
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
      if (order.action === 'create') {
        const { action: _, ...wanted } = order;
        const made = await createAccount({ ...ports, passwords: await passwordsOf() }, by, wanted);
        return made.ok ? one(made.user) : made;
      }
      const user = await find(order.email);
      if (user === undefined) return { ok: false, problem: 'not_found' };
      if (order.action === 'unlock') {
        await unlockPerson(ports, by, user.id);
        return one(user);
      }
      if (order.action === 'reset-factors') {
        await resetFactors(ports, by, user.id);
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
  const offline: ManagePorts = {
    ...ports,
    audit: createAudit({ database, clock, log }),
    mailer: createMailer({ clock, isConfigured: false }),
    lockout: createLockout({ secretKeys, clock, database, limits: createRateLimits({ clock }) }),
    revocations: { isRevoked: () => true, add: () => undefined, raiseEpoch: () => undefined },
    disconnector: { disconnect: () => undefined, disconnectSession: () => undefined, idle: () => Promise.resolve() },
  };
  return createOperator(offline, () => createPasswords(ports.config, ports));
}
