// Decides how the first administrator comes to be: through the one-time link that the terminal prints.
import type { SetupRequest } from '@parley/contract';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Query } from '../db/database.ts';
import { LIMITS } from '../http/limits.ts';
import { insertUser, judgeAccount, type AccountJudged } from './accounts.ts';
import { findOneTimeToken, makeOneTimeToken, noteUser, useOneTimeToken } from './one-time-tokens.ts';
import { openSession, type Opened } from './open-session.ts';
import { refusedByPolicy } from './password-audit.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';

/** What a set-up gets: the first administrator with a session, or why not. */
export type SetUp =
  | { ok: true; opened: Opened }
  | { ok: false; problem: 'setup.done' | 'setup.invalid_token' }
  | (AccountJudged & { ok: false })
  | Busy;

/** Whether nobody has an account yet. */
export async function isSetupRequired(query: Query): Promise<boolean> {
  const user = await query.selectFrom('users').select('id').limit(1).executeTakeFirst();
  return user === undefined;
}

/**
 * Makes a new set-up link; earlier ones end. It is good for 24 hours and once.
 *
 * @returns undefined if somebody has an account already
 */
export function createSetupLink(ports: Pick<ApiContext, 'config' | 'clock' | 'database'>): Promise<string | undefined> {
  return ports.database.transact(async (query) => {
    if (!(await isSetupRequired(query))) return undefined;
    await query.deleteFrom('invitations').where('kind', '=', 'setup').execute();
    const { token, hash } = makeOneTimeToken('setup');
    const now = ports.clock.now();
    await query
      .insertInto('invitations')
      .values({
        id: uuidv7(),
        kind: 'setup',
        secret_hash: hash,
        role: 'admin',
        room_id: null,
        invited_by: null,
        expires_at: now + LIMITS.setupLifeMs,
        used_at: null,
        used_by: null,
        created_at: now,
      })
      .execute();
    return `${ports.config.publicUrl}/setup#${token}`;
  });
}

/** Makes the first administrator. The password is hashed only for who holds the link. */
export async function setUp(
  ports: IdentityPorts,
  typed: z.output<typeof SetupRequest>,
  requester: Requester,
): Promise<SetUp> {
  const wanted = { kind: 'setup', token: typed.token, now: ports.clock.now() } as const;
  if (!(await isSetupRequired(ports.database.read))) return { ok: false, problem: 'setup.done' };
  if ((await findOneTimeToken(ports.database.read, wanted)) === undefined)
    return { ok: false, problem: 'setup.invalid_token' };
  const judged = await judgeAccount(ports.passwords, typed);
  if (!judged.ok) return refusedByPolicy(ports, judged, requester);
  const hashed = await ports.passwords.hash(typed.password);
  if (!hashed.ok) return hashed;
  return ports.database.transact(async (query) => {
    const used = await useOneTimeToken(query, wanted);
    if (used === undefined) return { ok: false, problem: 'setup.invalid_token' };
    const made = { account: judged.account, role: used.role, passwordHash: hashed.hash, now: wanted.now };
    const user = await insertUser(query, made);
    if (user === undefined) return { ok: false, problem: 'setup.done' };
    await noteUser(query, { invitationId: used.id, userId: user.id });
    await ports.audit.record(query, {
      name: 'user.created',
      outcome: 'success',
      requester,
      actorId: user.id,
      subjectId: user.id,
      details: { role: user.role, by: 'setup' },
    });
    return {
      ok: true,
      opened: await openSession(query, ports, { user, client: typed.client, requester, methods: ['pwd'] }),
    };
  });
}
