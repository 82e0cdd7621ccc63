// Holds what the gate asks for, and what it is answered; interfaces only.
import type { Requester } from '../audit/ports.ts';
import type { AccessVerifier, Actor, Clock, Revocations } from '../context.ts';
import type { AuthenticationCounts } from './authentication-counts.ts';
import type { Taken } from './rate-limits.ts';

/** Whether a key of a program opens the gate; `reason` is for the log only. */
export type KeyJudged =
  | { kind: 'actor'; actor: Actor }
  | { kind: 'refused'; reason: string }
  | { kind: 'limited'; taken: Taken & { ok: false } };

/** Judges keys of programs. */
export interface KeyJudge {
  judge(presented: string, requester: Requester): Promise<KeyJudged>;
}

/** Whether a cookie of an older system speaks for somebody; `reason` is for the log only. */
export type CookieJudged =
  | { kind: 'actor'; actor: Actor }
  | { kind: 'refused'; reason: string }
  /** The older system does not answer. */
  | { kind: 'unavailable' };

/** The cookie sessions of an older system, which are accepted beside bearer tokens while people move over. */
export interface CookieSessions {
  cookieName: string;
  /** When they stop to be accepted, Unix ms; null: not yet decided. */
  until: number | null;
  judge(cookie: string): Promise<CookieJudged>;
}

/** The ways in besides access tokens; without one of them the gate does not know it. */
export interface WaysIn {
  keys?: KeyJudge;
  cookies?: CookieSessions;
}

/** What the gate asks for. */
export interface GatePorts extends WaysIn {
  verifyAccess: AccessVerifier;
  revocations: Pick<Revocations, 'isRevoked'>;
  clock: Clock;
  /** The origins whose pages may make a cookie speak. */
  origins: ReadonlySet<string>;
  counts: AuthenticationCounts;
}

/** Who makes a request, or why that is not known. `reason` is for the log only. */
export type Authenticated =
  | { kind: 'actor'; actor: Actor; endsAt: number | null }
  | { kind: 'absent' }
  | { kind: 'refused'; reason: string }
  | { kind: 'csrf'; reason: string }
  | { kind: 'limited'; taken: Taken & { ok: false } }
  | { kind: 'unavailable' }
  /** Cookies of the older system are not accepted any more, since this instant (Unix ms). */
  | { kind: 'ended'; since: number };
