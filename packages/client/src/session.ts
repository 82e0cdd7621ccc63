// Decides when a token is refreshed, who is signed in, and when a session is over.
import type {
  ClientKind,
  LoginRequest,
  RegisterRequest,
  RegistrationMailed,
  SecondFactorMethod,
  SecondFactorRequest,
  SessionTokens,
  SetupRequest,
  SignInAnswer,
  User,
} from '@parley/contract';
import { backoffMs } from './backoff.ts';
import { background } from './background.ts';
import type { TokenSource } from './http.ts';
import type { Cancel, Ports } from './ports.ts';
import { clientProblem, isSessionEnd } from './problem.ts';
import type { Outcome, ParleyProblem } from './problem.ts';
import { solveProofOfWork } from './proof-of-work.ts';
import { exchange } from './session-exchange.ts';
import type { Exchanged, RefreshTokenStore, SendOnce } from './session-exchange.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';
import { isTabMessage } from './tab-messages.ts';
import type { TabMessage } from './tab-messages.ts';

/**
 * Who is signed in. `restoring`: the server is being asked; `problem` says why that has not worked yet, it is tried
 * again by itself. `signed-out` because there was no session (`none`), because of {@link Session.signOut} in any tab,
 * or because the server `ended` it.
 */
export type SessionState =
  | { name: 'restoring'; problem: ParleyProblem | null }
  | { name: 'signed-out'; reason: SignedOutReason }
  | { name: 'signed-in'; user: User };

/** Why nobody is signed in; see {@link SessionState}. */
export type SignedOutReason = 'none' | 'signed-out' | 'ended';

/**
 * What a right password gets: the person is signed in, or one more proof is wanted within `expiresIn` seconds, given
 * with `ticket` to {@link Session.secondFactor} or to a passkey ceremony.
 */
export type SignedIn =
  | { kind: 'signed-in'; user: User }
  | { kind: 'second-factor'; ticket: string; methods: readonly SecondFactorMethod[]; expiresIn: number };

/**
 * What a registration gets: the person is signed in, or a mail tells how to go on. The latter says nothing about whether
 * the address was free.
 */
export type Registered = { kind: 'signed-in'; user: User } | { kind: 'mailed' };

/** One person's session in this tab, kept in step with the other tabs of the origin. */
export interface Session {
  state: Store<SessionState>;
  /** Asks the server for the session of an earlier visit. Failures of the network are tried again by themselves. */
  restore: () => void;
  signIn: (credentials: Omit<LoginRequest, 'client'>) => Promise<Outcome<SignedIn>>;
  /** Ends a sign-in that wanted a second factor, with a code. A ticket stands a few wrong codes. */
  secondFactor: (request: SecondFactorRequest) => Promise<Outcome<User>>;
  /**
   * Goes on with tokens that another endpoint gave: a passkey, a changed password. They take the place of the session
   * that was there, in all tabs.
   */
  acceptTokens: (tokens: SessionTokens) => Promise<User>;
  /** Makes an account. Where the server sends mail, the account opens when its link is followed: nobody is signed in yet. */
  register: (request: Omit<RegisterRequest, 'client'>) => Promise<Outcome<Registered>>;
  /** Makes the first administrator and signs them in. */
  setUp: (request: Omit<SetupRequest, 'client'>) => Promise<Outcome<User>>;
  /**
   * Ends the session on the server and in all tabs. Refused while the server cannot be reached, because the session
   * would come back with the next reload.
   */
  signOut: () => Promise<Outcome<undefined>>;
  /** Stops timers and listeners; the session itself goes on. */
  close: () => void;
}

/** What {@link ParleySession} asks of the outside. */
export type SessionPorts = Omit<Ports, 'fetch' | 'storage'>;

/** What {@link ParleySession} needs beside the ports. */
export interface SessionOptions {
  kind: ClientKind;
  /** Separates the locks of several installations on one origin. */
  scope: string;
  send: SendOnce;
  refreshTokens: RefreshTokenStore;
}

interface Held {
  accessToken: string;
  refreshAt: number;
  expiresAt: number;
}

/** Part of a token's life after which it is renewed, and how far chance may move that. */
const REFRESH_AT = 0.8;
const REFRESH_JITTER = 0.05;
/** A token this close to its end is not sent any more, in milliseconds. */
const EXPIRY_MARGIN_MS = 5_000;
const RETRY = { firstMs: 1_000, maxMs: 60_000 };
/** Longest delay that timers can count. */
const MAX_TIMER_MS = 2_147_000_000;

const SIGNED_OUT: Outcome<string | null> = { ok: true, value: null };

/** The session of this tab. Made in the state `restoring`; nothing is sent before {@link Session.restore}. */
export class ParleySession implements Session, TokenSource {
  readonly state: Store<SessionState>;
  readonly #state: WritableStore<SessionState> = createStore<SessionState>({ name: 'restoring', problem: null });
  readonly #ports: SessionPorts;
  readonly #options: SessionOptions;
  readonly #stops: readonly Cancel[];
  #held: Held | null = null;
  // Counts sign-ins and sign-outs: an answer that belongs to an earlier life is dropped.
  #life = 0;
  #failures = 0;
  #inFlight: Promise<Outcome<string | null>> | null = null;
  #cancelTimer: Cancel = () => undefined;

  constructor(ports: SessionPorts, options: SessionOptions) {
    this.state = this.#state;
    this.#ports = ports;
    this.#options = options;
    this.#stops = [
      ports.tabs.listen((message) => this.#onTabMessage(message)),
      ports.network.listen(() => this.#onNetworkChange()),
    ];
  }

  readonly restore = (): void => {
    if (this.#state.getSnapshot().name !== 'restoring' || this.#inFlight !== null) return;
    background(this.#ports.log, 'restoring the session', this.#refresh());
  };

  readonly signIn: Session['signIn'] = async (credentials) => {
    const answer = await this.#present(credentials);
    if (!answer.ok) return answer;
    if ('secondFactor' in answer.value) {
      return { ok: true, value: { kind: 'second-factor', ...answer.value.secondFactor } };
    }
    return { ok: true, value: { kind: 'signed-in', user: await this.acceptTokens(answer.value) } };
  };

  /** Presents a password; where the server wants to see some work first, does it and presents the password again. */
  async #present(credentials: Omit<LoginRequest, 'client'>): Promise<Outcome<SignInAnswer>> {
    const body = { ...credentials, client: this.#options.kind };
    const login = { method: 'POST', path: '/v1/auth/login' } as const;
    const answer = await this.#options.send<SignInAnswer>({ ...login, body }, null);
    if (answer.ok || answer.problem.challenge === undefined) return answer;
    const proof = await solveProofOfWork(answer.problem.challenge);
    return this.#options.send<SignInAnswer>({ ...login, body: { ...body, proof } }, null);
  }

  readonly secondFactor: Session['secondFactor'] = (request) => this.#enter('/v1/auth/second-factor', request);
  readonly register: Session['register'] = async (request) => {
    const body = { ...request, client: this.#options.kind };
    const sent = { method: 'POST', path: '/v1/auth/register', body } as const;
    const answer = await this.#options.send<SessionTokens | RegistrationMailed>(sent, null);
    if (!answer.ok) return answer;
    if ('mailed' in answer.value) return { ok: true, value: { kind: 'mailed' } };
    return { ok: true, value: { kind: 'signed-in', user: await this.acceptTokens(answer.value) } };
  };
  readonly setUp: Session['setUp'] = (request) => this.#enter('/v1/setup', { ...request, client: this.#options.kind });

  readonly acceptTokens: Session['acceptTokens'] = async (tokens) => {
    this.#life += 1;
    await this.#accept(tokens);
    return tokens.user;
  };

  readonly signOut: Session['signOut'] = async () => {
    const { kind, send, refreshTokens } = this.#options;
    const refreshToken = kind === 'native' ? await refreshTokens.read() : null;
    const body = refreshToken === null ? {} : { refreshToken };
    const request = { method: 'POST', path: '/v1/auth/logout', body } as const;
    const answer = await send<undefined>(request, this.#fresh() ?? null);
    if (!answer.ok && !isSessionEnd(answer.problem)) return answer;
    await this.#end('signed-out');
    return { ok: true, value: undefined };
  };

  readonly accessToken: TokenSource['accessToken'] = async () => {
    if (this.#state.getSnapshot().name === 'signed-out') return SIGNED_OUT;
    const token = this.#fresh();
    return token === undefined ? this.#refresh() : { ok: true, value: token };
  };

  readonly replaceToken: TokenSource['replaceToken'] = async (rejected) => {
    const token = this.#fresh();
    if (token !== undefined && token !== rejected) return { ok: true, value: token };
    if (this.#state.getSnapshot().name === 'signed-out') {
      return { ok: false, problem: clientProblem('session.ended', 'The session has ended; sign in again') };
    }
    return this.#refresh();
  };

  readonly close = (): void => {
    this.#cancelTimer();
    for (const stop of this.#stops) stop();
  };

  #fresh(): string | undefined {
    const held = this.#held;
    return held !== null && this.#ports.clock.now() < held.expiresAt - EXPIRY_MARGIN_MS ? held.accessToken : undefined;
  }

  #current(): Outcome<string | null> {
    return this.#held === null ? SIGNED_OUT : { ok: true, value: this.#held.accessToken };
  }

  #refresh(): Promise<Outcome<string | null>> {
    this.#inFlight ??= this.#refreshUnderLock().finally(() => {
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #refreshUnderLock(): Promise<Outcome<string | null>> {
    const before = this.#held?.accessToken;
    const startedIn = this.#life;
    return this.#ports.locks.withLock(`${this.#options.scope}:refresh`, async () => {
      if (this.#life !== startedIn) return this.#current();
      // Another tab may have renewed it while this one waited for the lock.
      const held = this.#held;
      if (held !== null && held.accessToken !== before) return this.#current();
      const result = await exchange({ ...this.#options, clock: this.#ports.clock });
      // Tokens that came meanwhile (a changed password, in any tab) stand for a session that this answer is not about.
      return this.#life === startedIn && this.#held === held ? this.#settle(result) : this.#current();
    });
  }

  async #settle(result: Exchanged): Promise<Outcome<string | null>> {
    switch (result.name) {
      case 'renewed':
        await this.#accept(result.tokens);
        return { ok: true, value: result.tokens.accessToken };
      case 'ended':
        if (this.#state.getSnapshot().name === 'signed-in') await this.#end('ended');
        else this.#signedOut('none');
        return SIGNED_OUT;
      case 'failed':
        this.#failed(result.problem);
        return { ok: false, problem: result.problem };
      default:
        return result satisfies never;
    }
  }

  async #accept(tokens: SessionTokens): Promise<void> {
    const { clock, tabs } = this.#ports;
    if (tokens.refreshToken !== undefined) await this.#options.refreshTokens.write(tokens.refreshToken);
    const lifeMs = tokens.expiresIn * 1000;
    const share = REFRESH_AT + (clock.random() * 2 - 1) * REFRESH_JITTER;
    // Counted from now by the local clock: the server's clock plays no part.
    const now = clock.now();
    const held = { accessToken: tokens.accessToken, refreshAt: now + lifeMs * share, expiresAt: now + lifeMs };
    this.#signedIn(held, tokens.user);
    tabs.post({ kind: 'session.renewed', ...held, user: tokens.user } satisfies TabMessage);
  }

  #signedIn(held: Held, user: User): void {
    const before = this.#state.getSnapshot();
    this.#held = held;
    this.#failures = 0;
    this.#schedule(held.refreshAt - this.#ports.clock.now());
    // The same person keeps the same snapshot, or every renewal would redraw the application.
    if (before.name === 'signed-in' && JSON.stringify(before.user) === JSON.stringify(user)) return;
    this.#state.set({ name: 'signed-in', user });
  }

  #signedOut(reason: SignedOutReason): void {
    this.#life += 1;
    this.#held = null;
    this.#failures = 0;
    this.#cancelTimer();
    this.#state.set({ name: 'signed-out', reason });
  }

  async #end(reason: 'signed-out' | 'ended'): Promise<void> {
    this.#signedOut(reason);
    this.#ports.tabs.post({ kind: 'session.ended', reason } satisfies TabMessage);
    await this.#options.refreshTokens.clear();
  }

  #failed(problem: ParleyProblem): void {
    if (this.#state.getSnapshot().name === 'restoring') this.#state.set({ name: 'restoring', problem });
    this.#failures += 1;
    this.#schedule(Math.max(problem.retryAfterMs ?? 0, backoffMs(this.#ports.clock, this.#failures, RETRY)));
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(Math.min(MAX_TIMER_MS, Math.max(0, delayMs)), () => {
      background(this.#ports.log, 'renewing the session', this.#refresh());
    });
  }

  async #enter(path: string, body: object): Promise<Outcome<User>> {
    const answer = await this.#options.send<SessionTokens>({ method: 'POST', path, body }, null);
    return answer.ok ? { ok: true, value: await this.acceptTokens(answer.value) } : answer;
  }

  #onTabMessage(message: unknown): void {
    if (!isTabMessage(message)) return;
    const present = this.#state.getSnapshot();
    if (message.kind === 'session.ended' && present.name !== 'signed-out') this.#signedOut(message.reason);
    if (message.kind !== 'session.renewed') return;
    const { accessToken, refreshAt, expiresAt, user } = message;
    if (present.name !== 'signed-in' || present.user.id !== user.id) this.#life += 1;
    this.#signedIn({ accessToken, refreshAt, expiresAt }, user);
  }

  #onNetworkChange(): void {
    if (this.#failures > 0 && this.#ports.network.isOnline()) this.#schedule(0);
  }
}
