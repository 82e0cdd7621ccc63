// Decides what happens in a run: who sends, edits and deletes, and when the server dies, a line breaks or a reader sleeps.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionTokens } from '@parley/contract';
import { callApi, createRoom, setUp, type Account } from '../support/account.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';
import type { Breach } from './auditor.ts';
import { auditLog, compare, type Shown } from './comparison.ts';
import { createParticipant, type Participant } from './participant.ts';
import type { Random } from './random.ts';
import { createWire, type Fault } from './wire.ts';

/** How large and how rough a run is. */
export interface Scenario {
  clients: number;
  rooms: number;
  /** How many messages are sent in all. */
  messages: number;
  /** How often the server is killed in the course of the run. */
  kills: number;
  random: Random;
  /** Planted on every client's wire, to see the checker notice it. */
  fault?: Fault;
}

/** What a run found. */
export interface Outcome {
  breaches: Breach[];
  acknowledged: number;
  stored: number;
  judged: number;
  kills: number;
  cuts: number;
  freezes: number;
}

interface Row extends Shown {
  clientMessageId: string;
}

function readRows(data: string, roomId: string): Row[] {
  const database = new DatabaseSync(join(data, 'parley.db'), { readOnly: true });
  try {
    const rows = database
      .prepare(
        'select id, seq, revision, text, deleted_at, client_message_id from messages where room_id = ? order by seq',
      )
      .all(roomId);
    return rows.map((row) => ({
      id: String(row['id']),
      seq: Number(row['seq']),
      revision: Number(row['revision']),
      text: String(row['text']),
      deleted: row['deleted_at'] !== null,
      clientMessageId: String(row['client_message_id']),
    }));
  } finally {
    database.close();
  }
}

/** Registers `name` through an invitation into the first room, and adds them to the others. */
async function invite(server: RunningServer, host: Account, name: string, roomIds: readonly string[]): Promise<string> {
  const [first, ...others] = roomIds;
  const invitation = await host.call<{ url: string }>('POST', '/v1/invitations', { roomId: first });
  const tokens = await callApi<SessionTokens>(server.url, {
    method: 'POST',
    path: '/v1/auth/register',
    body: {
      email: `${name}@example.com`,
      name,
      password: 'correct horse battery',
      invitation: invitation.url.split('#')[1],
      client: 'native',
    },
  });
  for (const roomId of others) await host.call('PUT', `/v1/rooms/${roomId}/members/${tokens.user.id}`, {});
  if (tokens.refreshToken === undefined) throw new Error('a native client got no refresh token');
  return tokens.refreshToken;
}

async function act(participant: Participant, roomId: string, random: Random, serial: number): Promise<void> {
  const room = participant.rooms.get(roomId);
  if (room === undefined) return;
  const sent = room.send(`message ${serial} of ${participant.name}`);
  if (!sent.ok) throw new Error(`${participant.name} may not send: ${sent.problem.message}`);
  const own = room.view
    .getSnapshot()
    .items.flatMap((item) => (item.kind === 'message' && item.own ? [item.message] : []));
  if (own.length === 0) return;
  // What these answer does not matter: a refused or lost change leaves the stored state to be compared.
  if (random.chance(0.1)) await room.edit(random.pick(own).id, `edited by ${serial}`);
  if (random.chance(0.03)) await room.remove(random.pick(own).id);
}

/** Who takes part, and what they were told. */
interface Cast {
  server: RunningServer;
  roomIds: string[];
  participants: Participant[];
  /** The acknowledged `clientMessageId`s of each room. */
  acknowledged: Map<string, Set<string>>;
}

/** Fills `cast` with rooms and live clients. */
async function gather(scenario: Scenario, cast: Cast): Promise<void> {
  const { server, roomIds, participants, acknowledged } = cast;
  const host = await setUp(server.url, server.setupLink());
  for (let index = 0; index < scenario.rooms; index += 1) {
    const { id } = await createRoom(host, `room ${index}`);
    roomIds.push(id);
    acknowledged.set(id, new Set());
  }
  for (let index = 0; index < scenario.clients; index += 1) {
    const name = `client${index}`;
    const refreshToken = await invite(server, host, name, roomIds);
    const wire = await createWire(`${server.url.replace('http', 'ws')}/connection/websocket`, scenario.fault);
    const onAcknowledged = (roomId: string, id: string): void => void acknowledged.get(roomId)?.add(id);
    participants.push(createParticipant({ name, baseUrl: server.url, wire, refreshToken, roomIds, onAcknowledged }));
  }
  await until('every client to be live', () => participants.every((one) => one.isQuiet()), 60_000);
}

/** What the run did to the participants. */
interface Blows {
  kills: number;
  cuts: number;
  freezes: number;
}

/** Cuts a line or puts a reader to sleep, now and then. */
function strike({ random }: Scenario, { participants }: Cast, blows: Blows): void {
  if (random.chance(0.02)) {
    blows.cuts += 1;
    random.pick(participants).wire.cut();
  }
  if (random.chance(0.01)) {
    blows.freezes += 1;
    random.pick(participants).wire.freeze(200 + random.below(1_500));
  }
}

async function killServer({ random }: Scenario, { server, participants }: Cast): Promise<void> {
  await delay(random.below(30));
  await server.kill();
  await server.start();
  // Mostly everybody is back before it goes on, or there would be more catching up than live delivery to judge.
  if (random.chance(0.8)) await until('every client to be back', () => participants.every(isLive), 60_000);
}

/** Lets everybody send until all messages are on their way and every client is quiet again. */
async function converse(scenario: Scenario, cast: Cast): Promise<Blows> {
  const { random } = scenario;
  const { participants, roomIds } = cast;
  const blows: Blows = { kills: 0, cuts: 0, freezes: 0 };
  const pending = new Set<Promise<void>>();
  const killEvery = Math.ceil(scenario.messages / (scenario.kills + 1));
  for (let serial = 1; serial <= scenario.messages; serial += 1) {
    const acting = act(random.pick(participants), random.pick(roomIds), random, serial);
    const settled: Promise<void> = acting.finally(() => pending.delete(settled));
    pending.add(settled);
    strike(scenario, cast, blows);
    if (serial % killEvery === 0 && blows.kills < scenario.kills) {
      blows.kills += 1;
      await killServer(scenario, cast);
    }
    await delay(random.below(40));
  }
  await Promise.all(pending);
  await until('every client to be quiet', () => participants.every((one) => one.isQuiet()), 120_000);
  return blows;
}

async function judge({ server, roomIds, participants, acknowledged }: Cast, blows: Blows): Promise<Outcome> {
  const rows = new Map(roomIds.map((roomId) => [roomId, readRows(server.data, roomId)]));
  const breaches = await settle(participants, rows);
  for (const [roomId, stored] of rows)
    breaches.push(...auditLog(`room ${roomId}`, acknowledged.get(roomId) ?? [], stored));
  for (const one of participants) breaches.push(...one.breaches());
  return {
    breaches,
    acknowledged: [...acknowledged.values()].reduce((sum, ids) => sum + ids.size, 0),
    stored: [...rows.values()].reduce((sum, stored) => sum + stored.length, 0),
    judged: participants.reduce((sum, one) => sum + one.judged(), 0),
    ...blows,
  };
}

/** Runs `scenario` against a server of its own and judges what came of it. */
export async function play(scenario: Scenario): Promise<Outcome> {
  const server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '1000', LOG_LEVEL: 'warn' });
  const cast: Cast = { server, roomIds: [], participants: [], acknowledged: new Map() };
  try {
    await gather(scenario, cast);
    return await judge(cast, await converse(scenario, cast));
  } finally {
    for (const one of cast.participants) one.close();
    await Promise.all(cast.participants.map((one) => one.wire.close()));
    await server.close();
  }
}

const isLive = (one: Participant): boolean =>
  [...one.rooms.values()].every((room) => room.view.getSnapshot().status.name === 'live');

/** Gives the last deliveries ten seconds to arrive, then reports every difference that is left. */
async function settle(participants: readonly Participant[], rows: ReadonlyMap<string, Row[]>): Promise<Breach[]> {
  const differences = (): Breach[] =>
    participants.flatMap((one) =>
      [...rows].flatMap(([roomId, stored]) => compare(`${one.name}, room ${roomId}`, stored, one.shown(roomId))),
    );
  const end = Date.now() + 10_000;
  for (;;) {
    const found = differences();
    if (found.length === 0 || Date.now() > end) return found;
    await delay(50);
  }
}
