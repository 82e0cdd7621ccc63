// Proves when tokens are renewed, by which tab, and what ends a session.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { SessionTokens } from '@parley/contract';
import { createHttp } from './http.ts';
import type { HttpRequest } from './http.ts';
import { ParleyProblem, clientProblem } from './problem.ts';
import type { Outcome } from './problem.ts';
import type { RefreshTokenStore, SendOnce } from './session-exchange.ts';
import { ParleySession } from './session.ts';
import { createFakeClock, turn } from './testing/fake-clock.ts';
import type { FakeClock } from './testing/fake-clock.ts';
import { createFakeTabs } from './testing/fake-tabs.ts';

const USER = {
  id: 'u1',
  name: 'Mia',
  email: 'mia@example.com',
  role: 'member',
  createdAt: '2026-11-22T12:00:00.000Z',
} as const;
const UNREACHABLE = clientProblem('network.unreachable', 'The server cannot be reached');
const refusal = (status: number, code: 'auth.invalid_grant' | 'refresh.superseded' | 'auth.csrf'): ParleyProblem =>
  new ParleyProblem({ status, code, title: code });

interface FakeAuth {
  send: SendOnce;
  calls: HttpRequest[];
  /** Answers for the next refreshes; afterwards each gives a new token. */
  next: (ParleyProblem | 'renew')[];
  /** Whether a right password is not enough. */
  wantsSecondFactor: boolean;
  refreshes(): number;
}

function createFakeAuth(): FakeAuth {
  const calls: HttpRequest[] = [];
  const next: FakeAuth['next'] = [];
  let count = 0;
  const tokens = (): SessionTokens => {
    count += 1;
    return { accessToken: `access-${count}`, expiresIn: 900, refreshToken: `refresh-${count}`, user: USER };
  };
  const answer = (request: HttpRequest): Outcome<unknown> => {
    if (request.path === '/v1/auth/logout')
      return next.length > 0 ? fail(next.shift()) : { ok: true, value: undefined };
    if (request.path === '/v1/auth/login' && auth.wantsSecondFactor)
      return { ok: true, value: { secondFactor: { ticket: 'ticket', methods: ['totp'], expiresIn: 300 } } };
    if (request.path !== '/v1/auth/refresh') return { ok: true, value: tokens() };
    const scripted = next.shift() ?? 'renew';
    return scripted === 'renew' ? { ok: true, value: tokens() } : { ok: false, problem: scripted };
  };
  const fail = (problem: ParleyProblem | 'renew' | undefined): Outcome<unknown> =>
    problem instanceof ParleyProblem ? { ok: false, problem } : { ok: true, value: undefined };
  const auth: FakeAuth = {
    calls,
    next,
    wantsSecondFactor: false,
    refreshes: () => calls.filter((call) => call.path === '/v1/auth/refresh').length,
    async send<T>(request: HttpRequest): Promise<Outcome<T>> {
      calls.push(request);
      await turn();
      return answer(request) as Outcome<T>;
    },
  };
  return auth;
}

function memoryTokens(initial: string | null): RefreshTokenStore & { value: string | null } {
  return {
    value: initial,
    read() {
      return Promise.resolve(this.value);
    },
    write(token) {
      this.value = token;
      return Promise.resolve();
    },
    clear() {
      this.value = null;
      return Promise.resolve();
    },
  };
}

interface Fixture {
  clock: FakeClock;
  auth: FakeAuth;
  newTab: (kind?: 'web' | 'native', refreshTokens?: RefreshTokenStore, send?: SendOnce) => ParleySession;
}

function fixture(): Fixture {
  const clock = createFakeClock();
  const auth = createFakeAuth();
  const ports = createFakeTabs(clock);
  return {
    clock,
    auth,
    newTab: (kind = 'web', refreshTokens = memoryTokens(null), send = auth.send) =>
      new ParleySession(ports(), { kind, scope: 'test', send, refreshTokens }),
  };
}

const nameOf = (session: ParleySession): string => session.state.getSnapshot().name;

test('accessToken() asks once for many callers', async () => {
  const { auth, newTab } = fixture();
  const session = newTab();
  session.restore();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  assert.deepEqual(new Set(tokens.map((token) => token.ok && token.value)), new Set(['access-1']));
  assert.equal(auth.refreshes(), 1);
  assert.deepEqual(session.state.getSnapshot(), { name: 'signed-in', user: USER });
});

test('refresh happens once for several tabs, and all have the new token', async () => {
  const { auth, clock, newTab } = fixture();
  const tabs = [newTab(), newTab(), newTab()];
  for (const tab of tabs) tab.restore();
  await clock.tick(0);
  assert.equal(auth.refreshes(), 1);
  // 80 % of 900 s; with chance at one half there is no jitter.
  await clock.tick(719_000);
  assert.equal(auth.refreshes(), 1);
  await clock.tick(2_000);
  assert.equal(auth.refreshes(), 2);
  for (const tab of tabs) assert.deepEqual(await tab.accessToken(), { ok: true, value: 'access-2' });
});

test('tabs whose token is refused at the same moment renew it once', async () => {
  const { auth, clock, newTab } = fixture();
  const tabs = [newTab(), newTab(), newTab()];
  for (const tab of tabs) tab.restore();
  await clock.tick(0);
  const replaced = await Promise.all(tabs.map((tab) => tab.replaceToken('access-1')));
  for (const token of replaced) assert.deepEqual(token, { ok: true, value: 'access-2' });
  assert.equal(auth.refreshes(), 2);
});

test('many callers share one failed refresh', async () => {
  const { auth, newTab } = fixture();
  const session = newTab();
  auth.next.push(UNREACHABLE);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  for (const token of tokens) assert.deepEqual(token, { ok: false, problem: UNREACHABLE });
  assert.equal(auth.refreshes(), 1);
});

test('refresh after a sleep beyond expiry gives a new token without an error', async () => {
  const { auth, clock, newTab } = fixture();
  const session = newTab();
  session.restore();
  await clock.tick(0);
  auth.next.push(UNREACHABLE, UNREACHABLE, UNREACHABLE);
  await clock.tick(1_000_000);
  assert.deepEqual(await session.accessToken(), { ok: true, value: 'access-2' });
});

test('session survives a lost network, a broken server and a 403; it comes back by itself', async () => {
  for (const problem of [UNREACHABLE, refusal(403, 'auth.csrf')]) {
    const { auth, clock, newTab } = fixture();
    const session = newTab();
    auth.next.push(problem, problem);
    session.restore();
    await clock.tick(0);
    assert.deepEqual(session.state.getSnapshot(), { name: 'restoring', problem });
    await clock.tick(10_000);
    assert.equal(nameOf(session), 'signed-in');
    assert.equal(auth.refreshes(), 3);
  }
});

test('session ends on an explicit 401, in every tab', async () => {
  const { auth, clock, newTab } = fixture();
  const tabs = [newTab(), newTab()];
  for (const tab of tabs) tab.restore();
  await clock.tick(0);
  auth.next.push(refusal(401, 'auth.invalid_grant'));
  await clock.tick(721_000);
  for (const tab of tabs) assert.deepEqual(tab.state.getSnapshot(), { name: 'signed-out', reason: 'ended' });
  assert.deepEqual(await tabs[0]!.accessToken(), { ok: true, value: null });
  assert.equal(clock.pending(), 0);
});

test('restore() without a session is signed out, and no timer is left', async () => {
  const { auth, clock, newTab } = fixture();
  auth.next.push(refusal(401, 'auth.invalid_grant'));
  const session = newTab();
  session.restore();
  await clock.tick(0);
  assert.deepEqual(session.state.getSnapshot(), { name: 'signed-out', reason: 'none' });
  assert.equal(clock.pending(), 0);
});

test('refresh.superseded is tried once more after a moment', async () => {
  const { auth, clock, newTab } = fixture();
  auth.next.push(refusal(409, 'refresh.superseded'));
  const session = newTab();
  session.restore();
  await clock.tick(300);
  assert.equal(nameOf(session), 'signed-in');
  assert.equal(auth.refreshes(), 2);
});

test('native mode presents the stored token, stores the next before it is used, and forgets it at sign-out', async () => {
  const { auth, clock, newTab } = fixture();
  const stored = memoryTokens('refresh-0');
  const session = newTab('native', stored);
  session.restore();
  await clock.tick(0);
  assert.deepEqual(auth.calls[0]?.body, { refreshToken: 'refresh-0' });
  assert.equal(stored.value, 'refresh-1');
  assert.deepEqual(await session.signOut(), { ok: true, value: undefined });
  assert.equal(stored.value, null);
  assert.equal(nameOf(session), 'signed-out');
});

test('signOut() ends all tabs; it is refused while the server cannot be reached', async () => {
  const { auth, clock, newTab } = fixture();
  const tabs = [newTab(), newTab()];
  for (const tab of tabs) tab.restore();
  await clock.tick(0);
  auth.next.push(UNREACHABLE);
  assert.deepEqual(await tabs[0]!.signOut(), { ok: false, problem: UNREACHABLE });
  assert.equal(nameOf(tabs[0]!), 'signed-in');
  await tabs[0]!.signOut();
  await clock.tick(0);
  for (const tab of tabs) assert.deepEqual(tab.state.getSnapshot(), { name: 'signed-out', reason: 'signed-out' });
});

test('an answer that arrives after sign-out does not sign in again', async () => {
  const { clock, newTab } = fixture();
  const session = newTab();
  session.restore();
  await clock.tick(0);
  const late = session.replaceToken('access-1');
  await session.signOut();
  await late;
  await clock.tick(0);
  assert.equal(nameOf(session), 'signed-out');
  assert.deepEqual(await session.accessToken(), { ok: true, value: null });
});

test('signIn() says who is signed in, or what is wanted besides the password; secondFactor() ends it', async () => {
  const { auth, clock, newTab } = fixture();
  const session = newTab();
  const credentials = { email: 'mia@example.com', password: 'x' };
  auth.wantsSecondFactor = true;
  const half = await session.signIn(credentials);
  const wanted = { kind: 'second-factor', ticket: 'ticket', methods: ['totp'], expiresIn: 300 };
  assert.deepEqual(half, { ok: true, value: wanted });
  assert.equal(nameOf(session), 'restoring');
  const code = { ticket: 'ticket', method: 'totp', code: '123456' } as const;
  assert.deepEqual(await session.secondFactor(code), { ok: true, value: USER });
  assert.deepEqual(auth.calls.at(-1)?.body, code);
  assert.deepEqual(await session.accessToken(), { ok: true, value: 'access-1' });
  await session.signOut();
  auth.wantsSecondFactor = false;
  assert.deepEqual(await session.signIn(credentials), { ok: true, value: { kind: 'signed-in', user: USER } });
  await clock.tick(0);
  assert.equal(nameOf(session), 'signed-in');
});

test('acceptTokens() takes the place of the session in all tabs; a late end of the old one ends nothing', async () => {
  const { auth, clock, newTab } = fixture();
  const tabs = [newTab(), newTab()];
  for (const tab of tabs) tab.restore();
  await clock.tick(0);
  // The old session ended with the changed password: the answer to a refresh that is under way is 401.
  auth.next.push(refusal(401, 'auth.invalid_grant'));
  const late = tabs[1]!.replaceToken('access-1');
  await tabs[0]!.acceptTokens({ accessToken: 'changed', expiresIn: 900, user: USER });
  assert.deepEqual(await late, { ok: true, value: 'changed' });
  for (const tab of tabs) {
    assert.equal(nameOf(tab), 'signed-in');
    assert.deepEqual(await tab.accessToken(), { ok: true, value: 'changed' });
  }
});

test('http repeats a request once with a new token after 401, and a shared 401 costs one refresh', async () => {
  const { auth, clock, newTab } = fixture();
  const session = newTab();
  session.restore();
  await clock.tick(0);
  const seen: string[] = [];
  const fetch = (async (_url: unknown, init?: { headers?: unknown }) => {
    const token = String(Reflect.get(init?.headers as object, 'authorization'));
    seen.push(token);
    await turn();
    return token === 'Bearer access-1'
      ? Response.json({ code: 'auth.invalid_token', title: 'no', status: 401 }, { status: 401 })
      : Response.json({ fine: true });
  }) as typeof globalThis.fetch;
  const http = createHttp({ baseUrl: 'https://x.example', kind: 'web', fetch, clock }, session);
  const answers = await Promise.all([1, 2, 3].map(() => http.request({ method: 'GET', path: '/v1/me' })));
  for (const answer of answers) assert.deepEqual(answer, { ok: true, value: { fine: true } });
  assert.equal(auth.refreshes(), 2);
  assert.deepEqual(seen.toSorted(), [...Array(3).fill('Bearer access-1'), ...Array(3).fill('Bearer access-2')]);
});

test('signIn() does the work that the server asks for and presents the password again', async () => {
  const { auth, newTab } = fixture();
  const challenge = { kind: 'sha256', puzzle: 'p', seal: 's', parts: 1, bits: 4, expiresAt: '' } as const;
  const send: SendOnce = (request, token) => {
    if ('proof' in (request.body as object)) return auth.send(request, token);
    auth.calls.push(request);
    const fields = { status: 403, code: 'auth.challenge_required', title: 'Work' } as const;
    return Promise.resolve({ ok: false, problem: new ParleyProblem({ ...fields, challenge }) });
  };
  const session = newTab('web', memoryTokens(null), send);
  const answer = await session.signIn({ email: 'a', password: 'b' });
  assert.equal(answer.ok, true);
  const login = { email: 'a', password: 'b', client: 'web' };
  const expected = [...Array(100).keys()].find((n) => createHash('sha256').update(`p.0.${n}`).digest()[0]! < 16);
  assert.deepEqual(
    auth.calls.map((call) => call.body),
    [login, { ...login, proof: `s.${expected}` }],
  );
});
