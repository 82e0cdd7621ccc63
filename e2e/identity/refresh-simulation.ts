// Decides a long life of many sessions: tabs that race, lost and doubled answers, two clocks, killed servers, thieves.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Audit, systemRequester } from '../../packages/api/src/audit/ports.ts';
import type { Database } from '../../packages/api/src/db/database.ts';
import { openSqlite } from '../../packages/api/src/db/open-sqlite.ts';
import { sweepIdentity } from '../../packages/api/src/identity/housekeeping.ts';
import {
  createRefreshFamilies,
  type RefreshFamilies,
  type Rotated,
  type RotationPorts,
} from '../../packages/api/src/identity/refresh-families.ts';
import { startSession } from '../../packages/api/src/identity/sessions.ts';
import { testConfig } from '../../packages/api/src/identity/testing/house.ts';
import { createRandom, type Random } from '../chaos/random.ts';

/** How often what goes wrong goes wrong, as shares of the tries. */
const RATES = { lost: 0.05, doubled: 0.02, killed: 0.01, theft: 0.01, shortPause: 0.4 };
const JARS = 16;
const MAX_TABS = 8;
const MAX_TRIES = 100;
const SKEW_MS = 20_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Rounds between two sweeps of what has expired. */
const SWEEP_ROUNDS = 200;
const USER_ID = '0199a3c2-7b1e-7c10-9d00-000000000001';

/** What is to be lived through; the same seed makes the same choices. */
export interface SimulationOptions {
  refreshes: number;
  seed: number;
  /** Grace in seconds; the product's own if not given. */
  graceSeconds?: number;
}

/** What came of it. `innocent` are honest tabs that were signed out, `missed` thefts that were not found at first use. */
export interface SimulationResult {
  refreshes: number;
  replays: number;
  superseded: number;
  lost: number;
  killed: number;
  thefts: number;
  innocent: number;
  missed: number;
  seconds: number;
}

/** The cookie jar that the tabs of one browser share, and every token that was ever in it. */
interface Jar {
  token: string;
  history: string[];
  endsAt: number;
}

interface World {
  random: Random;
  database: Database;
  nodes: RefreshFamilies[];
  makeNode(at: number): RefreshFamilies;
  time: { now: number };
  result: SimulationResult;
}

class Killed extends Error {}

const silentAudit: Audit = { record: () => Promise.resolve(), note: () => undefined };

/** Lives through it on a database of its own, which is removed afterwards. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-refresh-simulation-'));
  const database = await openSqlite({
    file: join(folder, 'parley.db'),
    log: pino({ level: 'silent' }),
    // What is simulated is what the server decides, not the disk.
    flush: () => Promise.resolve(),
  });
  try {
    await database.migrate();
    return await live(createWorld(database, options), options);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function createWorld(database: Database, options: SimulationOptions): World {
  const random = createRandom(options.seed);
  const time = { now: Date.UTC(2026, 0, 1) };
  const result = { refreshes: 0, replays: 0, superseded: 0, lost: 0, killed: 0, thefts: 0 };
  // A server that is killed after its commit has done its work, and nobody hears of it.
  const mortal: Database = {
    ...database,
    async transact(work) {
      const done = await database.transact(work);
      if (random.chance(RATES.killed)) throw new Killed();
      return done;
    },
  };
  const makeNode = (at: number): RefreshFamilies => {
    const ports: RotationPorts = {
      config: { ...testConfig, refreshGrace: options.graceSeconds ?? testConfig.refreshGrace },
      clock: { now: () => time.now + at * SKEW_MS },
      database: mortal,
      limits: { take: () => Promise.resolve({ ok: true }) },
      audit: silentAudit,
      mailer: { isConfigured: true, queue: () => Promise.resolve() },
    };
    return createRefreshFamilies(ports);
  };
  return {
    random,
    database,
    nodes: [makeNode(0), makeNode(1)],
    makeNode,
    time,
    result: { ...result, innocent: 0, missed: 0, seconds: 0 },
  };
}

async function live(world: World, { refreshes }: SimulationOptions): Promise<SimulationResult> {
  const startedAt = performance.now();
  await addPerson(world);
  const jars = await Promise.all(Array.from({ length: JARS }, () => signIn(world)));
  for (let round = 1; world.result.refreshes < refreshes; round += 1) {
    await Promise.all(jars.map((jar) => refreshAllTabs(world, jar)));
    // Some go on within the grace of what they did, others come back when their access token is used up.
    world.time.now += world.random.chance(RATES.shortPause)
      ? world.random.below(25_000)
      : world.random.below(12) * MINUTE_MS;
    await renewSessions(world, jars);
    if (round % SWEEP_ROUNDS === 0)
      await sweepIdentity({
        config: testConfig,
        clock: { now: () => world.time.now },
        database: world.database,
        audit: silentAudit,
      });
  }
  return { ...world.result, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Thieves come, sessions reach their end: both give way to a new sign-in. */
async function renewSessions(world: World, jars: Jar[]): Promise<void> {
  for (const [at, jar] of jars.entries()) {
    const isStolen = jar.history.length > 3 && world.random.chance(RATES.theft);
    if (isStolen) await steal(world, jar);
    if (isStolen || jar.token === '' || jar.endsAt - world.time.now < DAY_MS) jars[at] = await signIn(world);
  }
}

async function addPerson({ database, time }: World): Promise<void> {
  await database.transact((query) =>
    query
      .insertInto('users')
      .values({
        id: USER_ID,
        email: 'ada@example.org',
        email_key: 'ada@example.org',
        name: 'Ada',
        role: 'member',
        password_hash: 'none',
        disabled_at: null,
        created_at: time.now,
      })
      .execute(),
  );
}

async function signIn({ database, time }: World): Promise<Jar> {
  const clock = { now: () => time.now };
  const user = { id: USER_ID, epoch: 0 };
  const { refreshToken } = await database.transact((query) =>
    startSession(
      query,
      { config: testConfig, clock },
      { user, client: 'web', requester: systemRequester, methods: ['pwd'], deviceId: 'simulated' },
    ),
  );
  return { token: refreshToken, history: [refreshToken], endsAt: time.now + 30 * DAY_MS };
}

/** One to eight tabs present what is in the jar at the same moment, some of them twice. */
async function refreshAllTabs(world: World, jar: Jar): Promise<void> {
  const { random } = world;
  const tabs = 1 + random.below(MAX_TABS);
  const times = Array.from({ length: tabs }, () => (random.chance(RATES.doubled) ? 2 : 1)).reduce(
    (sum, n) => sum + n,
    0,
  );
  await Promise.all(Array.from({ length: times }, () => refreshOneTab(world, jar)));
}

/** What the client does: tries again while answers are lost, reads the jar again on 409, gives up on 401 only. */
async function refreshOneTab(world: World, jar: Jar): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const rotated = await present(world, jar.token);
    if (rotated === 'lost') continue;
    if (rotated.ok) {
      jar.token = rotated.refreshToken;
      if (!jar.history.includes(rotated.refreshToken)) jar.history.push(rotated.refreshToken);
      if (jar.history.length > 20) jar.history.shift();
      return;
    }
    if (rotated.problem === 'refresh.superseded') {
      world.result.superseded += 1;
      continue;
    }
    if (jar.token !== '') world.result.innocent += 1;
    jar.token = '';
    return;
  }
  throw new Error('a tab got no answer for ever');
}

async function present(world: World, token: string): Promise<Rotated | 'lost'> {
  const at = world.random.below(world.nodes.length);
  const node = world.nodes[at];
  if (node === undefined) throw new RangeError('there is no such node');
  world.result.refreshes += 1;
  try {
    const rotated = await node.rotate({ token, client: 'web', deviceId: 'simulated', requester: systemRequester });
    if (rotated.ok && rotated.replayed) world.result.replays += 1;
    if (!world.random.chance(RATES.lost)) return rotated;
    world.result.lost += 1;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    world.result.killed += 1;
    // What the killed process had in memory is gone.
    world.nodes[at] = world.makeNode(at);
  }
  return 'lost';
}

/** A thief presents a token older than the predecessor, long after: the family must end at once, for everybody. */
async function steal(world: World, jar: Jar): Promise<void> {
  const old = jar.history.slice(0, -3);
  const token = old[world.random.below(old.length)];
  if (token === undefined || jar.token === '') return;
  world.time.now += 2 * MINUTE_MS;
  world.result.thefts += 1;
  const node = world.nodes[world.random.below(world.nodes.length)];
  const by = { client: 'web', deviceId: 'simulated', requester: systemRequester } as const;
  // A server may be killed after it has ended the family: it has found the theft all the same.
  const stolen = await node?.rotate({ token, ...by }).catch(refusedByDeath);
  const after = await world
    .makeNode(0)
    .rotate({ token: jar.token, ...by })
    .catch(refusedByDeath);
  if (stolen?.ok !== false || after.ok) world.result.missed += 1;
}

function refusedByDeath(error: unknown): { ok: false } {
  if (!(error instanceof Killed)) throw error;
  return { ok: false };
}
