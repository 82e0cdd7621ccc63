// Runs the delivery checker: one rough run, or (--self-test) one for each planted fault, which it has to notice.
import { parseArgs } from 'node:util';
import { createRandom } from './random.ts';
import { play, type Outcome } from './scenario.ts';
import type { Fault } from './wire.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    messages: { type: 'string' },
    clients: { type: 'string' },
    rooms: { type: 'string' },
    kills: { type: 'string' },
    fault: { type: 'string' },
    'self-test': { type: 'boolean', default: false },
  },
});

const whole = (name: 'seed' | 'messages' | 'clients' | 'rooms' | 'kills', otherwise: number): number => {
  const text = values[name];
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`--${name} has to be a whole number, not "${text}"`);
  process.exit(2);
};

const size = {
  seed: whole('seed', 1),
  messages: whole('messages', values.short ? 300 : 5_000),
  clients: whole('clients', values.short ? 5 : 12),
  rooms: whole('rooms', values.short ? 2 : 4),
  kills: whole('kills', values.short ? 3 : 40),
};

const count = (outcome: Outcome, kind: string): number =>
  outcome.breaches.filter((breach) => breach.kind === kind).length;

async function run(fault?: Fault): Promise<Outcome> {
  const { seed, ...rest } = size;
  const outcome = await play({ ...rest, random: createRandom(seed), ...(fault === undefined ? {} : { fault }) });
  const found = `lost ${count(outcome, 'lost')}, doubled ${count(outcome, 'doubled')}, reordered ${count(outcome, 'reordered')}`;
  console.log(
    `seed ${seed}${fault ? `, planted ${fault.kind}` : ''}: ${size.clients} clients, ${size.rooms} rooms, ` +
      `${outcome.acknowledged} sends acknowledged, ${outcome.stored} stored, ${outcome.judged} deliveries judged, ` +
      `${outcome.kills} kills, ${outcome.cuts} cuts, ${outcome.freezes} slow readers: ${found}`,
  );
  return outcome;
}

/** What each planted fault has to be called. */
const CALLED = { drop: 'lost', double: 'doubled', swap: 'reordered' } as const;

async function selfTest(): Promise<boolean> {
  let isBlind = false;
  for (const kind of ['drop', 'double', 'swap'] as const) {
    const outcome = await run({ kind, every: 10 });
    if (count(outcome, CALLED[kind]) > 0) continue;
    isBlind = true;
    console.error(`the planted fault "${kind}" was not called ${CALLED[kind]}`);
  }
  return !isBlind;
}

async function judge(): Promise<boolean> {
  const { fault } = values;
  if (fault !== undefined && fault !== 'drop' && fault !== 'double' && fault !== 'swap') {
    console.error('--fault has to be drop, double or swap');
    process.exit(2);
  }
  const outcome = await run(fault === undefined ? undefined : { kind: fault, every: 10 });
  for (const breach of outcome.breaches.slice(0, 20)) console.error(`${breach.kind}: ${breach.detail}`);
  // Finding nothing is worth something only when there was something to look at.
  const hasLooked = outcome.acknowledged === size.messages && outcome.judged >= size.messages;
  if (!hasLooked) console.error('too little was acknowledged or delivered live to judge this run');
  return outcome.breaches.length === 0 && hasLooked;
}

process.exitCode = (await (values['self-test'] ? selfTest() : judge())) ? 0 : 1;
