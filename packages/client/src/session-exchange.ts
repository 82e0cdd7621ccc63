// Decides what an answer to a refresh means: new tokens, the end of the session, or another try later.
import type { ClientKind, SessionTokens } from '@parley/contract';
import type { HttpRequest } from './http.ts';
import type { Clock } from './ports.ts';
import type { Outcome, ParleyProblem } from './problem.ts';

/** Keeps the refresh token of a client that has no cookies. The content is a secret. */
export interface RefreshTokenStore {
  read(): Promise<string | null>;
  write(refreshToken: string): Promise<void>;
  clear(): Promise<void>;
}

/** Sends one request without asking the session for a token. */
export interface SendOnce {
  <T>(request: HttpRequest, token: string | null): Promise<Outcome<T>>;
}

/** What {@link exchange} needs. */
export interface ExchangePorts {
  kind: ClientKind;
  clock: Clock;
  send: SendOnce;
  refreshTokens: RefreshTokenStore;
}

/** What came of a refresh. `failed` leaves the session as it is. */
export type Exchanged =
  | { name: 'renewed'; tokens: SessionTokens }
  | { name: 'ended'; hadSession: boolean }
  | { name: 'failed'; problem: ParleyProblem };

/** How long a tab that lost the race waits for the winner's cookie, in milliseconds. */
const SUPERSEDED_WAIT_MS = 250;

async function attempt(ports: ExchangePorts): Promise<Exchanged> {
  const refreshToken = ports.kind === 'native' ? await ports.refreshTokens.read() : null;
  if (ports.kind === 'native' && refreshToken === null) return { name: 'ended', hadSession: false };
  const body = refreshToken === null ? {} : { refreshToken };
  const answer = await ports.send<SessionTokens>({ method: 'POST', path: '/v1/auth/refresh', body }, null);
  if (answer.ok) return { name: 'renewed', tokens: answer.value };
  // Only an explicit 401 ends a session: a proxy's 403 or a broken server must not sign people out.
  if (answer.problem.status === 401) return { name: 'ended', hadSession: true };
  return { name: 'failed', problem: answer.problem };
}

/**
 * Presents the refresh token once; when another tab was faster (409), waits a moment, reads it again and presents it
 * once more. The caller holds the lock that all tabs share.
 */
export async function exchange(ports: ExchangePorts): Promise<Exchanged> {
  const first = await attempt(ports);
  if (first.name !== 'failed' || first.problem.code !== 'refresh.superseded') return first;
  await new Promise<void>((resolve) => {
    ports.clock.after(SUPERSEDED_WAIT_MS, resolve);
  });
  return attempt(ports);
}
