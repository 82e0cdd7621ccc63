// Decides what administrators and operators change about people: role, disabled or not, locked or not, signed in or not.
import type { Role } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { AuditEventName } from '../audit/events.ts';
import type { Requester } from '../audit/ports.ts';
import type { Database, Query } from '../db/database.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import type { Lockout } from './lockout.ts';
import type { IdentityPorts } from './ports.ts';
import { endAllSessions } from './sessions.ts';

/** Who changes something. `actorId` is null for an operator at the machine. */
export interface ChangedBy {
  actorId: string | null;
  requester: Requester;
}

/** What is to be changed about whom. */
export interface WantedChange {
  userId: string;
  role?: Role | undefined;
  disabled?: boolean | undefined;
}

/** What a change gets. */
export type PersonChanged = { ok: true; user: UserRow } | { ok: false; problem: 'not_found' | 'user.last_admin' };

/** What storing a change gets; `raised` is the epoch below which the person's tokens are dead. */
type Stored = { ok: true; user: UserRow; raised?: { userId: string; epoch: number } } | (PersonChanged & { ok: false });

/** What storing asks for: no server has to run. */
export type StorePorts = Pick<IdentityPorts, 'config' | 'clock' | 'database' | 'audit' | 'mailer'>;
/** What making it effective asks for. */
export type ManagePorts = StorePorts &
  Pick<IdentityPorts, 'revocations' | 'disconnector'> & { lockout: Pick<Lockout, 'nameOf' | 'clear'> };

/** A person by id, disabled or not. */
export function findAnyUser(query: Query, id: string): Promise<UserRow | undefined> {
  return query.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Changes a person's role, or whether they may sign in at all. With it every session of theirs ends, their tokens die
 * and their connections are cut: what they come back with rests on what they are now. The last administrator stays one.
 */
export async function changePerson(ports: ManagePorts, by: ChangedBy, wanted: WantedChange): Promise<PersonChanged> {
  const stored = await ports.database.transact((query) => storeChange(query, ports, { by, wanted }));
  if (!stored.ok) return stored;
  if (stored.raised !== undefined) announceRaised(ports, stored.raised);
  return { ok: true, user: stored.user };
}

/** What makes a raised epoch effective: call it after the commit that raised it. */
function announceRaised(
  ports: Pick<ManagePorts, 'revocations' | 'disconnector'>,
  raised: { userId: string; epoch: number },
): void {
  ports.revocations.raiseEpoch(raised.userId, raised.epoch);
  ports.disconnector.disconnect(raised.userId);
}

/** The stored half of {@link changePerson}: whether it is allowed is decided, who hears of it comes after the commit. */
export async function storeChange(
  query: Transaction<Tables>,
  ports: StorePorts,
  { by, wanted }: { by: ChangedBy; wanted: WantedChange },
): Promise<Stored> {
  const admins = await lockAdmins(query, ports.database.dialect);
  const user = await findAnyUser(query, wanted.userId);
  if (user === undefined) return { ok: false, problem: 'not_found' };
  const role = wanted.role ?? user.role;
  const isDisabled = wanted.disabled ?? user.disabled_at !== null;
  const changesRole = role !== user.role;
  const disables = isDisabled && user.disabled_at === null;
  const enables = !isDisabled && user.disabled_at !== null;
  if (!changesRole && !disables && !enables) return { ok: true, user };
  const isOnlyAdmin = admins.length <= 1 && admins.some(({ id }) => id === user.id);
  if (isOnlyAdmin && (disables || role !== 'admin')) return { ok: false, problem: 'user.last_admin' };
  const now = ports.clock.now();
  const disabledAt = isDisabled ? (user.disabled_at ?? now) : null;
  await query.updateTable('users').set({ role, disabled_at: disabledAt }).where('id', '=', user.id).execute();
  const changed = { ...user, role, disabled_at: disabledAt };
  if (changesRole) await tellRole(query, ports, { by, user, role });
  if (disables) await recordAbout(query, ports, { by, user, name: 'user.disabled' });
  if (enables) await recordAbout(query, ports, { by, user, name: 'user.enabled' });
  if (!changesRole && !disables) return { ok: true, user: changed };
  const reason = disables ? 'disabled' : 'role';
  const raised = await endAllSessions(query, ports, { userId: user.id, reason });
  return { ok: true, user: { ...changed, epoch: raised.epoch }, raised };
}

async function tellRole(
  query: Transaction<Tables>,
  ports: Pick<StorePorts, 'audit' | 'mailer'>,
  { by, user, role }: { by: ChangedBy; user: UserRow; role: Role },
): Promise<void> {
  await recordAbout(query, ports, { by, user, name: 'role.changed', details: { from: user.role, to: role } });
  await ports.mailer.queue(query, { to: user.email, template: 'role_changed', data: { name: user.name, role } });
}

/** Records what was done about a person, by whom. */
export function recordAbout(
  query: Transaction<Tables>,
  ports: Pick<StorePorts, 'audit'>,
  event: { by: ChangedBy; user: UserRow; name: AuditEventName; details?: Record<string, string> },
): Promise<void> {
  const { by, user, name, details = {} } = event;
  return ports.audit.record(query, {
    name,
    outcome: 'success',
    requester: by.requester,
    ...(by.actorId === null ? {} : { actorId: by.actorId }),
    subjectId: user.id,
    details,
  });
}

/** The administrators, locked until the transaction ends, so that two cannot step down at once. */
function lockAdmins(query: Transaction<Tables>, dialect: Database['dialect']): Promise<{ id: string }[]> {
  const select = query
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .orderBy('id');
  return (dialect === 'postgres' ? select.forUpdate() : select).execute();
}

/** Ends every session of a person, with their tokens and connections; false if there is no such person. */
export async function signOutPerson(ports: ManagePorts, by: ChangedBy, userId: string): Promise<boolean> {
  const raised = await ports.database.transact(async (query) => {
    const user = await findAnyUser(query, userId);
    if (user === undefined) return undefined;
    await recordAbout(query, ports, { by, user, name: 'logout.all' });
    return endAllSessions(query, ports, { userId, reason: 'admin' });
  });
  if (raised !== undefined) announceRaised(ports, raised);
  return raised !== undefined;
}

/** Ends the hard stop of a person's password sign-in; false if there is no such person. */
export function unlockPerson(
  ports: Pick<ManagePorts, 'database' | 'audit' | 'lockout'>,
  by: ChangedBy,
  userId: string,
): Promise<boolean> {
  return ports.database.transact(async (query) => {
    const user = await findAnyUser(query, userId);
    if (user === undefined) return false;
    const wasStopped = await ports.lockout.clear(query, { emailKey: user.email_key });
    if (wasStopped) await recordAbout(query, ports, { by, user, name: 'lockout.ended', details: { by: 'admin' } });
    return true;
  });
}
