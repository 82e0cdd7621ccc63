// Decides when a right password is not enough, and what the ticket that it gets is worth.
import type { SecondFactorMethod, SecondFactorRequest, SecondFactorRequired } from '@parley/contract';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { ApiContext } from '../../context.ts';
import type { Query } from '../../db/database.ts';
import type { Tables, UserRow } from '../../db/schema.ts';
import { LIMITS } from '../../http/limits.ts';
import { openSession, type Opened } from '../open-session.ts';
import type { SecondFactors } from '../ports.ts';
import type { AuthenticationMethod } from '../sessions.ts';
import { deviceIdOf, type SignInOrigin } from '../sign-in-origin.ts';
import { beginChallenge, challengeId, endChallenge, tryChallenge } from './challenges.ts';
import { checkCode, verifyCode, type CodeChecked, type CodePorts } from './check-code.ts';
import { countRecoveryCodes } from './recovery-codes.ts';

type Ports = CodePorts & Pick<ApiContext, 'config' | 'clock' | 'database' | 'mailer'>;

const Ticket = z.object({
  client: z.enum(['web', 'native']),
  methods: z.array(z.enum(['pwd', 'fed'])),
  epoch: z.number(),
  passwordChangedAt: z.number().nullable(),
});

/** Whose sign-in goes on, and how it began. */
export interface TicketHolder {
  ticketId: string;
  user: UserRow;
  client: 'web' | 'native';
  methods: readonly AuthenticationMethod[];
}

/** A sign-in that was begun otherwise than with a password. */
export interface BegunSignIn {
  user: UserRow;
  client: 'web' | 'native';
  methods: readonly ('pwd' | 'fed')[];
}

/**
 * The second factors of a person; none unless their second step is on. It is on from the first code of a generator,
 * or from the first recovery codes, which passkeys can have too: a passkey alone makes signing in easier, not harder.
 */
export async function secondFactorMethods(query: Query, userId: string): Promise<SecondFactorMethod[]> {
  const totp = await query
    .selectFrom('totp_factors')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  const codes = await countRecoveryCodes(query, userId);
  if (totp === undefined && codes.made === 0) return [];
  const passkey = await query
    .selectFrom('passkeys')
    .select('id')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirst();
  const has = { totp: totp !== undefined, passkey: passkey !== undefined, recovery_code: codes.left > 0 };
  return (['totp', 'passkey', 'recovery_code'] as const).filter((method) => has[method]);
}

/** Begins to ask for a second factor, after whatever the first one was. */
export async function beginSecondFactor(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'clock'>,
  begun: BegunSignIn,
): Promise<SecondFactorRequired['secondFactor'] | undefined> {
  const { user, client } = begun;
  const methods = await secondFactorMethods(query, user.id);
  if (methods.length === 0) return undefined;
  const { ticketLifeMs: lifeMs } = LIMITS.factors;
  const data: z.infer<typeof Ticket> = {
    client,
    methods: [...begun.methods],
    epoch: user.epoch,
    passwordChangedAt: user.password_changed_at,
  };
  const now = ports.clock.now();
  const ticket = await beginChallenge(query, { kind: 'second_factor', userId: user.id, data, now, lifeMs });
  return { ticket, methods, expiresIn: lifeMs / 1_000 };
}

/** What signing in with a password asks. */
export function createSecondFactors(ports: CodePorts & Pick<ApiContext, 'database'>): SecondFactors {
  return {
    begin: (query, { user, client }) => beginSecondFactor(query, ports, { user, client, methods: ['pwd'] }),
    verifyCode: async (userId, code) => (await verifyCode(ports, userId, code)).ok,
  };
}

/**
 * Finds the holder of a ticket.
 *
 * @param wanted `id` is the ticket's row, see {@link challengeId}; `counts`: a factor is presented with it
 * @returns undefined if the ticket is unknown, has expired, was tried too often, or its person has changed the password,
 *   ended all sessions or been disabled since
 */
export async function findTicket(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'clock'>,
  wanted: { id: string; counts: boolean },
): Promise<TicketHolder | undefined> {
  const found = await tryChallenge(query, {
    ...wanted,
    kind: 'second_factor',
    now: ports.clock.now(),
    maxAttempts: LIMITS.factors.ticketAttempts,
    shape: Ticket,
  });
  if (found === undefined) return undefined;
  const user = await query
    .selectFrom('users')
    .selectAll()
    .where('id', '=', found.userId ?? '')
    .where('disabled_at', 'is', null)
    .where('epoch', '=', found.data.epoch)
    .executeTakeFirst();
  if (user === undefined || user.password_changed_at !== found.data.passwordChangedAt) return undefined;
  return { ticketId: found.id, user, client: found.data.client, methods: found.data.methods };
}

/** Ends a ticket whose second factor was right, and opens the session. */
export async function redeemTicket(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock' | 'audit' | 'mailer'>,
  redeemed: { holder: TicketHolder; method: AuthenticationMethod; origin: SignInOrigin },
): Promise<Opened> {
  const { holder, method, origin } = redeemed;
  const { requester } = origin;
  const { ticketId, user, client } = holder;
  const methods = [...holder.methods, method];
  await endChallenge(query, ticketId);
  await ports.audit.record(query, {
    name: 'login.succeeded',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    details: { methods: methods.join(' ') },
  });
  return openSession(query, ports, { user, client, requester, methods, deviceId: deviceIdOf(origin, user) });
}

/** What presenting a code with a ticket gets. */
export type SecondFactorPassed = { ok: true; opened: Opened } | (CodeChecked & { ok: false });

/** Goes on with a sign-in: the ticket of its first factor and a code. */
export function presentSecondFactor(
  ports: Ports,
  presented: z.output<typeof SecondFactorRequest>,
  origin: SignInOrigin,
): Promise<SecondFactorPassed> {
  return ports.database.transact(async (query) => {
    const holder = await findTicket(query, ports, { id: challengeId(presented.ticket), counts: true });
    if (holder === undefined) return { ok: false, problem: 'auth.challenge_invalid' };
    const { code, method } = presented;
    const checked = await checkCode(query, ports, {
      userId: holder.user.id,
      deviceId: deviceIdOf(origin, holder.user),
      code,
      methods: [method],
      requester: origin.requester,
    });
    if (!checked.ok) return checked;
    return { ok: true, opened: await redeemTicket(query, ports, { holder, method: 'otp', origin }) };
  });
}
