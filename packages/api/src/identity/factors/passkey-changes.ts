// Decides how a person names a passkey anew and removes one.
import type { Passkey } from '@parley/contract';
import { isRecent } from '../recent.ts';
import { lockUser, recordChange, type Changer, type ChangePorts } from './change.ts';
import { countWaysIn, presentPasskey } from './overview.ts';
import { mayRemoveWay } from './policy.ts';
import { dropRecoveryCodes } from './recovery-codes.ts';

/** Names a passkey anew. */
export function renamePasskey(
  ports: ChangePorts,
  { actor }: Pick<Changer, 'actor'>,
  wanted: { id: string; name: string },
): Promise<{ ok: true; passkey: Passkey } | { ok: false; problem: 'not_found' }> {
  return ports.database.transact(async (query) => {
    const row = await query
      .updateTable('passkeys')
      .set({ name: wanted.name })
      .where('id', '=', wanted.id)
      .where('user_id', '=', actor.userId)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? { ok: false, problem: 'not_found' } : { ok: true, passkey: presentPasskey(row) };
  });
}

/** What removing gets. */
export type PasskeyRemoved =
  | { ok: true }
  | { ok: false; problem: 'auth.reauthentication_required' | 'not_found' | 'factor.last' };

/** Removes a passkey, unless it is the last way to sign in. Without any second factor left the second step is off. */
export function removePasskey(ports: ChangePorts, changer: Changer, id: string): Promise<PasskeyRemoved> {
  const { actor, requester } = changer;
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return { ok: false, problem: 'auth.reauthentication_required' };
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    const row = await query
      .selectFrom('passkeys')
      .select('name')
      .where('id', '=', id)
      .where('user_id', '=', actor.userId)
      .executeTakeFirst();
    if (user === undefined || row === undefined) return { ok: false, problem: 'not_found' };
    const ways = await countWaysIn(query, ports, user);
    if (!mayRemoveWay(ways)) return { ok: false, problem: 'factor.last' };
    await query.deleteFrom('passkeys').where('id', '=', id).execute();
    const totp = await query
      .selectFrom('totp_factors')
      .select('user_id')
      .where('user_id', '=', user.id)
      .where('confirmed_at', 'is not', null)
      .executeTakeFirst();
    if (ways.passkeys === 1 && totp === undefined) await dropRecoveryCodes(query, user.id);
    const sentence = `A passkey was removed from your account: ${row.name}.`;
    const { sessionId } = actor;
    await recordChange(query, ports, {
      name: 'factor.removed',
      user,
      requester,
      sessionId,
      factor: 'passkey',
      sentence,
    });
    return { ok: true };
  });
}
