// Decides whether a code proves a person: one of the generator's or one of recovery, guessed not too often, each once.
import type { Transaction } from 'kysely';
import { systemRequester, type Requester } from '../../audit/ports.ts';
import type { ApiContext } from '../../context.ts';
import type { Tables } from '../../db/schema.ts';
import { countGuess, forgiveGuess, type Guesser } from './failures.ts';
import { useRecoveryCode } from './recovery-codes.ts';
import { totpStep } from './totp.ts';
import { openSecret } from './vault.ts';

/** What checking asks for. */
export type CodePorts = Pick<ApiContext, 'clock' | 'audit' | 'secretKeys'>;

/** The kinds of code. */
export type CodeMethod = 'totp' | 'recovery_code';

/** What a code gets; `waitSeconds` until one is looked at again. */
export type CodeChecked =
  | { ok: true; method: CodeMethod }
  | { ok: false; problem: 'auth.challenge_invalid' }
  | { ok: false; problem: 'rate.limited'; waitSeconds: number };

/** A code that somebody presents as the second factor of a person. */
export interface PresentedCode extends Guesser {
  code: string;
  /** The kinds that it may be, tried in this order. */
  methods: readonly CodeMethod[];
  requester: Requester;
}

/**
 * Checks a code in a transaction that must commit whatever comes of it: the failure is counted in it.
 * A right code is used up.
 */
export async function checkCode(
  query: Transaction<Tables>,
  ports: CodePorts,
  presented: PresentedCode,
): Promise<CodeChecked> {
  const { userId, code, methods } = presented;
  const now = ports.clock.now();
  const guess = await countGuess(query, presented, now);
  if (!guess.ok) {
    await recordFailure(query, ports, { ...presented, reason: 'blocked' });
    return { ok: false, problem: 'rate.limited', waitSeconds: guess.waitSeconds };
  }
  for (const method of methods) {
    const isRight =
      method === 'totp'
        ? await useTotpStep(query, ports, { userId, code: code.replaceAll(' ', '') })
        : await useRecoveryCode(query, { userId, code, now });
    if (!isRight) continue;
    await forgiveGuess(query, presented);
    if (method === 'recovery_code') await recordRecovery(query, ports, presented);
    return { ok: true, method };
  }
  await recordFailure(query, ports, { ...presented, reason: 'wrong_code' });
  return { ok: false, problem: 'auth.challenge_invalid' };
}

/** Checks a code of either kind in a transaction of its own, such as to prove again who one is. */
export function verifyCode(
  ports: CodePorts & Pick<ApiContext, 'database'>,
  userId: string,
  code: string,
  requester: Requester = systemRequester,
): Promise<CodeChecked> {
  const presented: PresentedCode = { userId, code, methods: ['totp', 'recovery_code'], requester };
  return ports.database.transact((query) => checkCode(query, ports, presented));
}

/** Takes the step of a code: a step at or before the last one that was taken is not good any more. */
async function useTotpStep(
  query: Transaction<Tables>,
  ports: CodePorts,
  presented: { userId: string; code: string },
): Promise<boolean> {
  const { userId } = presented;
  const factor = await query
    .selectFrom('totp_factors')
    .select('secret_box')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  if (factor === undefined) return false;
  const secret = openSecret(ports.secretKeys, { box: factor.secret_box, owner: userId });
  if (secret === undefined) return false;
  const step = totpStep(secret, presented.code, ports.clock.now());
  if (step === undefined) return false;
  const taken = await query
    .updateTable('totp_factors')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}

function recordFailure(
  query: Transaction<Tables>,
  ports: CodePorts,
  failed: PresentedCode & { reason: string },
): Promise<void> {
  const { userId, requester, reason, methods } = failed;
  return ports.audit.record(query, {
    name: 'factor.failed',
    outcome: 'failure',
    reason,
    requester,
    subjectId: userId,
    details: { methods: methods.join(' ') },
  });
}

function recordRecovery(query: Transaction<Tables>, ports: CodePorts, used: PresentedCode): Promise<void> {
  const { userId, requester } = used;
  return ports.audit.record(query, {
    name: 'recovery_code.used',
    outcome: 'success',
    requester,
    actorId: userId,
    subjectId: userId,
  });
}
