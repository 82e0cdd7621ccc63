// Decides how fast people sign in: through the api's door at full cost, beside its floor, the bare Argon2 check.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash, verify } from '@node-rs/argon2';
import { pino } from 'pino';
import { openSqlite } from '../packages/api/src/db/open-sqlite.ts';
import { createPasswordTools } from '../packages/api/src/identity/password-tools.ts';
import { createPasswords } from '../packages/api/src/identity/passwords.ts';
import { openHouse, type House } from '../packages/api/src/identity/testing/house.ts';
import { atLeast, below, beside, type Figure, median, percentile, report } from './harness/report.ts';

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Clients that sign in one after another; more than the server computes at once, so that its slots stay full. */
const CLIENTS = 8;
/** Computations that the server allows itself at once. */
const IN_FLIGHT = 2;
const ROUNDS = 5;
const LOGINS_A_ROUND = 80;
const PEOPLE = 40;
const PASSWORD = 'correct horse battery';
/** The part of the highest rate that the second half is measured at, and for how long. */
const LOAD = 0.8;
const LOAD_MS = 10_000;
const TOKEN_CHECK_EVERY_MS = 5;
/** Digests of an older system that are wrapped while people sign in, and how often those do. */
const DIGESTS = 150;
const LOGIN_EVERY_MS = 100;

interface Round {
  perSecond: number;
  cpuMs: number;
}

/** Does a round of work with so many in flight. */
async function measure(inFlight: number, work: (turn: number) => Promise<void>): Promise<Round> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let turn = 0;
  const worker = async (): Promise<void> => {
    while (turn < LOGINS_A_ROUND) await work(turn++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: LOGINS_A_ROUND / seconds, cpuMs: (user + system) / 1_000 / LOGINS_A_ROUND };
}

async function addPeople(house: House, passwordHash: string): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, at) => ({
    id: `0199a3c2-7b1e-7c10-9d00-${String(at).padStart(12, '0')}`,
    email: `p${at}@example.org`,
    email_key: `p${at}@example.org`,
    name: `Person ${at}`,
    role: 'member' as const,
    password_hash: passwordHash,
    disabled_at: null,
    created_at: house.now(),
  }));
  await house.database.transact((query) => query.insertInto('users').values(people).execute());
}

async function logIn(house: House, turn: number): Promise<void> {
  const answer = await house.post('/v1/auth/login', { email: `p${turn % PEOPLE}@example.org`, password: PASSWORD });
  if (answer.statusCode !== 200) throw new Error(`a login failed with ${answer.statusCode}`);
}

/** Measures work and floor in turns, so that both see the same machine. */
async function compare(house: House, passwordHash: string): Promise<Figure[]> {
  const pairs: { login: Round; floor: Round }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const login = await measure(CLIENTS, (turn) => logIn(house, turn));
    const floor = await measure(IN_FLIGHT, async () => {
      if (!(await verify(passwordHash, PASSWORD))) throw new Error('a check failed');
    });
    pairs.push({ login, floor });
  }
  const rate = median(pairs.map((pair) => pair.login.perSecond));
  const floorRate = median(pairs.map((pair) => pair.floor.perSecond));
  const cpu = median(pairs.map((pair) => pair.login.cpuMs));
  const floorCpu = median(pairs.map((pair) => pair.floor.cpuMs));
  return [
    // 0.8 of what the bare check allows: the rest is HTTP, two queries and a flushed session.
    atLeast({ name: 'login', unit: 'logins/s', value: rate, floor: floorRate, target: 0.8 * floorRate }),
    beside({ name: 'login', unit: 'ms CPU/login', value: cpu, floor: floorCpu, target: 1.5 }),
    // What one core does when nobody else uses it.
    atLeast({ name: 'login, one core', unit: 'logins/CPU s', value: 1_000 / cpu, floor: 1_000 / floorCpu, target: 45 }),
  ];
}

/** Logins at a steady rate for some seconds, and beside them requests that only check a token. */
async function underLoad(house: House, perSecond: number): Promise<Figure[]> {
  const first = await house.post('/v1/auth/login', { email: 'p0@example.org', password: PASSWORD });
  const headers = { authorization: `Bearer ${first.json<{ accessToken: string }>().accessToken}` };
  const logins: number[] = [];
  const checks: number[] = [];
  const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
    const startedMs = performance.now();
    await work();
    into.push(performance.now() - startedMs);
  };
  const endMs = performance.now() + LOAD_MS;
  const every = async (pauseMs: number, into: number[], work: (turn: number) => Promise<unknown>): Promise<void> => {
    const running: Promise<void>[] = [];
    for (let turn = 0; performance.now() < endMs; turn++) {
      running.push(timed(into, () => work(turn)));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await Promise.all(running);
  };
  await Promise.all([
    every(1_000 / perSecond, logins, (turn) => logIn(house, turn)),
    every(TOKEN_CHECK_EVERY_MS, checks, () => house.app.inject({ url: '/v1/me', headers })),
  ]);
  return [
    below({ name: 'login at 80 % load, p99', unit: 'ms', value: percentile(logins, 0.99), target: 400 }),
    below({ name: 'token check beside logins, p99', unit: 'ms', value: percentile(checks, 0.99), target: 10 }),
  ];
}

/** Wraps digests while people sign in; the server's own computations and those of the tool share the machine. */
async function whileWrapping(house: House): Promise<Figure[]> {
  const tools = createPasswordTools({ ...house.identity.ports, log: pino({ level: 'silent' }) });
  const account = (at: number) => ({
    email: `old${at}@example.org`,
    name: `Old ${at}`,
    role: 'member' as const,
    sha256: createHash('sha256').update(`${PASSWORD} ${at}`).digest('hex'),
    bytes: 'utf8' as const,
  });
  await tools.importLegacy(Array.from({ length: DIGESTS }, (_, at) => account(at)));
  const latencies: number[] = [];
  const state = { isWrapping: true };
  const signIn = async (): Promise<void> => {
    for (let turn = 0; state.isWrapping; turn++) {
      const startedMs = performance.now();
      await logIn(house, turn);
      latencies.push(performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, LOGIN_EVERY_MS));
    }
  };
  const startedMs = performance.now();
  const signingIn = signIn();
  const { wrapped } = await tools.wrapAll(() => undefined);
  const seconds = (performance.now() - startedMs) / 1_000;
  state.isWrapping = false;
  await signingIn;
  if (wrapped !== DIGESTS) throw new Error(`${wrapped} digests were wrapped`);
  const perCore = wrapped / seconds / Math.min(IN_FLIGHT, availableParallelism());
  return [
    atLeast({ name: 'digests wrapped beside logins, one core', unit: 'rows/s', value: perCore, target: 25 }),
    below({ name: 'login while wrapping, p99', unit: 'ms', value: percentile(latencies, 0.99), target: 600 }),
  ];
}

/** Puts passwords in place whose computations are counted: the most at once is given by `most`. */
async function countComputations(house: House): Promise<{ most: number }> {
  const state = { running: 0, most: 0 };
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    state.running += 1;
    state.most = Math.max(state.most, state.running);
    return work.finally(() => (state.running -= 1));
  };
  const { ports } = house.identity;
  ports.passwords = await createPasswords(ports.config, ports, {
    hash: (...parameters) => counted(hash(...parameters)),
    verify: (...parameters) => counted(verify(...parameters)),
  });
  return state;
}

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-login-'));
const database = await openSqlite({ file: join(folder, 'parley.db'), log: pino({ level: 'silent' }) });
try {
  await database.migrate();
  const house = await openHouse(database, { config: { argon2: COST } });
  const computations = await countComputations(house);
  const hashed = await house.identity.ports.passwords.hash(PASSWORD);
  if (!hashed.ok) throw new Error('the server was busy before it began');
  await addPeople(house, hashed.hash);
  const passwordHash = await hash(PASSWORD, COST);
  await measure(CLIENTS, (turn) => logIn(house, turn));
  const results = await compare(house, passwordHash);
  const rate = results[0]?.value ?? 1;
  results.push(...(await underLoad(house, rate * LOAD)));
  results.push(...(await whileWrapping(house)));
  results.push(below({ name: 'password computations at once', unit: 'at most', value: computations.most, target: 2 }));
  house.identity.close();
  report(results);
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
