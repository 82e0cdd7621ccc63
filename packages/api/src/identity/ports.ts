// Holds what the verbs and routes of identity ask for; interfaces only.
import type { ClientKind, SecondFactorRequired } from '@parley/contract';
import type { FastifyRequest } from 'fastify';
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { Disconnector } from '../realtime/disconnect.ts';
import type { AfterAnswer } from './after-answer.ts';
import type { Lockout } from './lockout.ts';
import type { Passwords } from './passwords.ts';
import type { ProviderDirectory } from './providers/directory.ts';
import type { RefreshFamilies } from './refresh-families.ts';

/** What a new account brings with it from its invitation. */
export interface UsedInvitation {
  roomId: string | null;
  invitedBy: string | null;
}

/**
 * Called in the transaction that makes an account, so that what follows from it (a membership) is stored with it or
 * not at all. Throwing undoes the account.
 */
export interface OnRegistered {
  (query: Transaction<Tables>, user: { id: string; name: string }, invitation: UsedInvitation): Promise<void>;
}

/** Second factors as a sign-in with a password asks for them. */
export interface SecondFactors {
  /**
   * Begins to ask for a second factor, in the transaction that found the password right; undefined if the person has
   * none, so that the password alone opens the session.
   */
  begin(
    query: Transaction<Tables>,
    wanted: { user: UserRow; client: ClientKind; requester: Requester },
  ): Promise<SecondFactorRequired['secondFactor'] | undefined>;
  /** Whether a code is right now: six digits or a recovery code, each good once. */
  verifyCode(userId: string, code: string): Promise<boolean>;
}

/**
 * The device that a request shows to be, by the id in its device cookie or header; null if it shows none that is ours.
 * The id is the same for as long as the device keeps it, also after what it may do there has been taken back.
 */
export interface DeviceOf {
  (request: FastifyRequest): string | null;
}

/** What identity is built on. */
export interface IdentityPorts extends Omit<ApiContext, 'serverApi' | 'verifyAccess'> {
  verifyAccess: ApiContext['verifyAccess'];
  limits: RateLimits;
  passwords: Passwords;
  families: RefreshFamilies;
  disconnector: Disconnector;
  secondFactors: SecondFactors;
  deviceOf: DeviceOf;
  lockout: Lockout;
  directory: ProviderDirectory;
  onRegistered: OnRegistered;
  afterAnswer: AfterAnswer;
}
