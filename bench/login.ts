// Decides how fast people sign in: through the api's door at full cost, beside its floor, the bare Argon2 check.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash, verify } from '@node-rs/argon2';
import { pino } from 'pino';
import { openSqlite } from '../packages/api/src/db/open-sqlite.ts';
import { openHouse, type House } from '../packages/api/src/identity/testing/house.ts';
import { atLeast, beside, type Figure, median, report } from './harness/report.ts';

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Clients that sign in one after another; more than the server computes at once, so that its slots stay full. */
const CLIENTS = 8;
/** Computations that the server allows itself at once. */
const IN_FLIGHT = 2;
const ROUNDS = 5;
const LOGINS_A_ROUND = 80;
const PEOPLE = 40;
const PASSWORD = 'correct horse battery';

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
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-login-'));
const database = await openSqlite({ file: join(folder, 'parley.db'), log: pino({ level: 'silent' }) });
try {
  await database.migrate();
  const house = await openHouse(database, { config: { argon2: COST } });
  const passwordHash = await hash(PASSWORD, COST);
  await addPeople(house, passwordHash);
  await measure(CLIENTS, (turn) => logIn(house, turn));
  const results = await compare(house, passwordHash);
  house.identity.close();
  report(results);
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
