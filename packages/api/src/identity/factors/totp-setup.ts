// Decides how a person turns on codes of an app, and how they turn the second step off.
import type { TotpSetup } from '@parley/contract';
import type { ApiContext } from '../../context.ts';
import { LIMITS } from '../../http/limits.ts';
import { isRecent } from '../recent.ts';
import type { CodeChecked } from './check-code.ts';
import { lockUser, recordChange, type Changer, type ChangePorts } from './change.ts';
import { countGuess, forgiveGuess } from './failures.ts';
import { renewRecoveryCodes } from './recovery-codes.ts';
import { makeTotpSecret, totpStep, totpUri } from './totp.ts';
import { openSecret, sealSecret } from './vault.ts';

type Ports = ChangePorts & Pick<ApiContext, 'secretKeys'>;
type NotRecent = { ok: false; problem: 'auth.reauthentication_required' };
const notRecent: NotRecent = { ok: false, problem: 'auth.reauthentication_required' };

/** What asking for a generator gets. */
export type TotpBegun =
  | { ok: true; setup: TotpSetup }
  | { ok: false; problem: 'factor.exists' | 'not_found' }
  | NotRecent;

/** Makes a generator that waits for its first code; an earlier one that waits is forgotten. */
export function beginTotp(ports: Ports, { actor }: Pick<Changer, 'actor'>): Promise<TotpBegun> {
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return notRecent;
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    if (user === undefined) return { ok: false, problem: 'not_found' };
    const secret = makeTotpSecret();
    const row = {
      secret_box: sealSecret(ports.secretKeys, { text: secret, owner: user.id }),
      confirmed_at: null,
      last_step: 0,
      created_at: ports.clock.now(),
    };
    const stored = await query
      .insertInto('totp_factors')
      .values({ user_id: user.id, ...row })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet(row).where('totp_factors.confirmed_at', 'is', null),
      )
      .executeTakeFirst();
    if (stored.numInsertedOrUpdatedRows !== 1n) return { ok: false, problem: 'factor.exists' };
    const uri = totpUri(secret, { site: new URL(ports.config.publicUrl).hostname, email: user.email });
    return { ok: true, setup: { secret, uri, expiresIn: LIMITS.factors.totpSetupLifeMs / 1_000 } };
  });
}

/** What the first code of a generator gets. */
export type TotpConfirmed =
  | { ok: true; recoveryCodes: string[] }
  | { ok: false; problem: 'factor.exists' }
  | (CodeChecked & { ok: false });

/** Turns a generator on with its first code; the person gets new recovery codes. */
export function confirmTotp(ports: Ports, changer: Changer, code: string): Promise<TotpConfirmed> {
  const { actor, requester } = changer;
  const now = ports.clock.now();
  return ports.database.transact(async (query) => {
    const guess = await countGuess(query, actor, now);
    if (!guess.ok) return { ok: false, problem: 'rate.limited', waitSeconds: guess.waitSeconds };
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    const factor = await query
      .selectFrom('totp_factors')
      .selectAll()
      .where('user_id', '=', actor.userId)
      .executeTakeFirst();
    if (factor !== undefined && factor.confirmed_at !== null) return { ok: false, problem: 'factor.exists' };
    if (user === undefined || factor === undefined || factor.created_at <= now - LIMITS.factors.totpSetupLifeMs)
      return { ok: false, problem: 'auth.challenge_invalid' };
    const secret = openSecret(ports.secretKeys, { box: factor.secret_box, owner: user.id });
    const step = secret === undefined ? undefined : totpStep(secret, code.replaceAll(' ', ''), now);
    if (step === undefined) return { ok: false, problem: 'auth.challenge_invalid' };
    // The step of this code is spent: it does not sign in as well.
    await query
      .updateTable('totp_factors')
      .set({ confirmed_at: now, last_step: step })
      .where('user_id', '=', user.id)
      .execute();
    await forgiveGuess(query, actor);
    const recoveryCodes = await renewRecoveryCodes(query, user.id, now);
    const sentence = 'Codes of an authenticator app are now asked for when you sign in with your password.';
    const { sessionId } = actor;
    await recordChange(query, ports, { name: 'factor.added', user, requester, sessionId, factor: 'totp', sentence });
    return { ok: true, recoveryCodes };
  });
}

/** What turning the second step off, or renewing the recovery codes, gets besides what it was asked for. */
export type StepRefused = { ok: false; problem: 'not_found' } | NotRecent;

/** Turns the second step off: the generator and the recovery codes are gone, passkeys stay. */
export function removeTotp(ports: ChangePorts, changer: Changer): Promise<{ ok: true } | StepRefused> {
  const { actor, requester } = changer;
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return notRecent;
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    if (user === undefined) return { ok: false, problem: 'not_found' };
    const totp = await query.deleteFrom('totp_factors').where('user_id', '=', user.id).executeTakeFirst();
    const codes = await query.deleteFrom('recovery_codes').where('user_id', '=', user.id).executeTakeFirst();
    if (totp.numDeletedRows + codes.numDeletedRows === 0n) return { ok: false, problem: 'not_found' };
    const sentence = 'A second step is no longer asked for when you sign in with your password.';
    const { sessionId } = actor;
    await recordChange(query, ports, { name: 'factor.removed', user, requester, sessionId, factor: 'totp', sentence });
    return { ok: true };
  });
}

/** Makes new recovery codes for who has a generator or a passkey; with them the second step is on. */
export function makeRecoveryCodes(
  ports: ChangePorts,
  changer: Changer,
): Promise<{ ok: true; recoveryCodes: string[] } | StepRefused> {
  const { actor, requester } = changer;
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return notRecent;
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    if (user === undefined) return { ok: false, problem: 'not_found' };
    const passkeys = query.selectFrom('passkeys').select('id').where('user_id', '=', user.id).limit(1);
    const totp = query
      .selectFrom('totp_factors')
      .select('user_id')
      .where('user_id', '=', user.id)
      .where('confirmed_at', 'is not', null);
    if ((await totp.executeTakeFirst()) === undefined && (await passkeys.executeTakeFirst()) === undefined)
      return { ok: false, problem: 'not_found' };
    const recoveryCodes = await renewRecoveryCodes(query, user.id, ports.clock.now());
    const sentence = 'New recovery codes were made for your account; earlier ones are no longer good.';
    const { sessionId } = actor;
    const factor = 'recovery_codes';
    await recordChange(query, ports, { name: 'factor.added', user, requester, sessionId, factor, sentence });
    return { ok: true, recoveryCodes };
  });
}
