// Proves that every door gives every caller the answer of an independent model: role × room × action × credential.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ApiKeyCreated, Message, RealtimeToken, Room } from '@parley/contract';
import {
  GRANTABLE,
  HOUSE_QUESTIONS,
  RELATIONS,
  ROLES,
  ROOM_QUESTIONS,
  expected,
  has,
  type ModelRole,
  type Question,
  type Situation,
} from './testing/rights-model.ts';
import { join, openWire, serve, setUp, type Served, type Someone } from './testing/served.ts';

/** A session, or a key with its scopes. */
interface Credential {
  name: string;
  bearer: string;
  scopes: readonly string[] | null;
}

interface ModelRoom extends Pick<Situation, 'relation' | 'isPrivate'> {
  id: string;
  channel: string;
}

/** A caller of one role with their credentials, by the right that a key lacks, and a room of each kind. */
interface Caller extends Someone {
  role: ModelRole;
  session: Credential;
  keys: ReadonlyMap<string, Credential>;
  rooms: readonly ModelRoom[];
}

interface Cast {
  served: Served;
  /** An owner of every room, who puts back what was changed. */
  heir: Someone;
  /** A member of every room, one who comes and goes, and one who is in none. */
  guest: Someone;
  newcomer: Someone;
  user: Someone;
  callers: readonly Caller[];
}

const FULL = 'full';

async function makeKeys(served: Served, someone: Someone, role: ModelRole): Promise<Map<string, Credential>> {
  const keys = new Map<string, Credential>();
  for (const lacks of [FULL, ...GRANTABLE[role]]) {
    const scopes = GRANTABLE[role].filter((right) => right !== lacks);
    const made = await served.call<ApiKeyCreated>(someone.bearer, 'POST /v1/me/api-keys', { name: lacks, scopes });
    assert.equal(made.status, 201);
    const name = lacks === FULL ? 'key with all scopes' : `key without ${lacks}`;
    keys.set(lacks, { name, bearer: `Bearer ${made.body.secret}`, scopes });
  }
  return keys;
}

async function makeRooms(cast: Pick<Cast, 'served' | 'heir' | 'guest'>, caller: Someone): Promise<ModelRoom[]> {
  const { served, heir, guest } = cast;
  const rooms: ModelRoom[] = [];
  for (const relation of RELATIONS)
    for (const isPrivate of [false, true]) {
      const made = await served.call<Room>(heir.bearer, 'POST /v1/rooms', { name: 'Room', isPrivate });
      const { id, channel } = made.body;
      await served.call(heir.bearer, `PUT /v1/rooms/${id}/members/${guest.id}`, {});
      if (relation !== 'none')
        await served.call(heir.bearer, `PUT /v1/rooms/${id}/members/${caller.id}`, { role: relation });
      rooms.push({ id, channel, relation, isPrivate });
    }
  return rooms;
}

async function openCast(t: TestContext): Promise<Cast> {
  const served = await serve(t);
  const root = await setUp(served);
  const [heir, guest, newcomer, user] = [
    await join(served, root, 'heir'),
    await join(served, root, 'guest'),
    await join(served, root, 'newcomer'),
    await join(served, root, 'user'),
  ];
  const callers: Caller[] = [];
  for (const role of ROLES) {
    const someone = await join(served, root, role, role);
    const keys = await makeKeys(served, someone, role);
    const rooms = await makeRooms({ served, heir, guest }, someone);
    callers.push({ ...someone, role, session: { name: 'session', bearer: someone.bearer, scopes: null }, keys, rooms });
  }
  return { served, heir, guest, newcomer, user, callers };
}

/** The credentials that a question may tell apart: a session, a whole key, and keys without a right that it turns on. */
function credentialsFor({ session, keys }: Caller, { door, inside = [] }: Question): Credential[] {
  const lacking = [FULL, door, ...inside].flatMap((right) => keys.get(right) ?? []);
  return [session, ...new Set(lacking)];
}

const counter = { messages: 0 };

/** Brings the room into the form in which every question is asked; returns a fresh message of somebody else. */
async function prepare({ served, heir, guest, newcomer }: Cast, caller: Caller, room: ModelRoom): Promise<string> {
  const at = `/v1/rooms/${room.id}`;
  const put = (who: Someone, role: string) => served.call(heir.bearer, `PUT ${at}/members/${who.id}`, { role });
  await put(guest, 'member');
  await put(newcomer, 'member');
  if (room.relation === 'none') await served.call(heir.bearer, `DELETE ${at}/members/${caller.id}`);
  else await put(caller, room.relation);
  counter.messages += 1;
  const body = { clientMessageId: `prepared-message-${counter.messages}`, text: 'x' };
  const sent = await served.call<Message>(guest.bearer, `POST ${at}/messages`, body);
  assert.equal(sent.status, 201);
  return sent.body.id;
}

/** Questions after which the room is as it was. */
const HARMLESS = /^(GET|POST \S+\/(typing|messages|subscription-token|invitations)|PUT \S+\/read|PATCH \S+\/R$)/;

function fill(question: Question, names: Record<string, string>): { request: string; body: object | undefined } {
  const put = (text: string): string => text.replaceAll(/\b[RGNFU]\b/g, (letter) => names[letter] ?? letter);
  const { request, body } = question;
  if (body === undefined) return { request: put(request), body };
  counter.messages += 1;
  const id = request.endsWith('/messages') ? { clientMessageId: `asked-by-the-model-${counter.messages}` } : {};
  return { request: put(request), body: { ...(JSON.parse(put(JSON.stringify(body))) as object), ...id } };
}

interface Tally {
  asked: number;
  allowed: number;
}

/** Asks one question with every credential that it may tell apart; `onAllowed` puts back what was changed. */
async function ask(
  cast: Cast,
  asked: { caller: Caller; question: Question; room: Pick<Situation, 'relation' | 'isPrivate'>; tally: Tally },
  names: { of(): Record<string, string>; onAllowed?(): Promise<void> },
): Promise<void> {
  const { caller, question, room, tally } = asked;
  const { relation, isPrivate } = room;
  for (const { name, bearer, scopes } of credentialsFor(caller, question)) {
    const { request, body } = fill(question, names.of());
    const { status } = await cast.served.call(bearer, request, body);
    const where = `${caller.role}, ${relation} of a ${isPrivate ? 'private' : 'public'} room, ${name}`;
    const model = expected(question, { role: caller.role, relation, isPrivate, scopes });
    assert.equal(status, model, `${where}: ${question.request}`);
    tally.asked += 1;
    if (status >= 300) continue;
    tally.allowed += 1;
    await names.onAllowed?.();
  }
}

test('REST: every action on every kind of room, for every role and credential', async (t) => {
  const cast = await openCast(t);
  const tally = { asked: 0, allowed: 0 };
  const scenes = cast.callers.flatMap((caller) => caller.rooms.map((room) => ({ caller, room })));
  for (const { caller, room } of scenes) {
    const foreign = { id: await prepare(cast, caller, room) };
    const of = () => ({ R: room.id, G: cast.guest.id, N: cast.newcomer.id, F: foreign.id });
    const putBack = async (): Promise<void> => {
      foreign.id = await prepare(cast, caller, room);
    };
    for (const question of ROOM_QUESTIONS) {
      const isHarmless = HARMLESS.test(question.request);
      await ask(cast, { caller, question, room, tally }, isHarmless ? { of } : { of, onAllowed: putBack });
    }
  }
  t.diagnostic(`${tally.asked} requests about rooms, ${tally.allowed} allowed`);
  assert.ok(tally.asked > 900 && tally.allowed > 200 && tally.allowed < tally.asked - 200);
});

test('REST: people, invitations, keys, audit, mail and tokens, for every role and credential', async (t) => {
  const cast = await openCast(t);
  const openApi = await cast.served.call<{ paths: Record<string, object> }>('', 'GET /openapi.json');
  const exists = ({ request }: Question): boolean => {
    const [method = '', where = ''] = request.split(' ');
    return method.toLowerCase() in (openApi.body.paths[where.replace('/U', '/{id}')] ?? {});
  };
  const tally = { asked: 0, allowed: 0 };
  const room = { relation: 'none', isPrivate: false } as const;
  for (const caller of cast.callers)
    for (const question of HOUSE_QUESTIONS.filter(exists))
      await ask(cast, { caller, question, room, tally }, { of: () => ({ U: cast.user.id }) });
  const absent = HOUSE_QUESTIONS.filter((question) => !exists(question)).map(({ request }) => request);
  t.diagnostic(`${tally.asked} requests, ${tally.allowed} allowed; not in this server: ${absent.join(', ') || 'none'}`);
  assert.ok(tally.asked > 100 && tally.allowed >= 50 && tally.allowed < tally.asked - 30);
});

test('gateway: connecting and subscribing, for every role, room and credential', async (t) => {
  const cast = await openCast(t);
  const { served, heir } = cast;
  const tally = { connections: 0, subscriptions: 0, allowed: 0 };
  const tokenFor = async (bearer: string, channel: string): Promise<string | undefined> => {
    const asked = await served.call<RealtimeToken>(bearer, 'POST /v1/realtime/subscription-token', { channel });
    return asked.status === 200 ? asked.body.token : undefined;
  };
  for (const caller of cast.callers)
    for (const lacks of ['nothing', FULL, 'realtime:connect', 'rooms:read']) {
      const credential = lacks === 'nothing' ? caller.session : caller.keys.get(lacks);
      assert.ok(credential !== undefined);
      const { role } = caller;
      const { bearer, scopes, name } = credential;
      const who: Situation = { role, scopes, relation: 'none', isPrivate: false };
      const given = await served.call<RealtimeToken>(bearer, 'GET /v1/realtime/connection-token');
      assert.equal(given.status, has(who, 'realtime:connect') ? 200 : 403, `${role}, ${name}`);
      const wire = await openWire(t, served);
      const token = given.status === 200 ? given.body.token : bearer.slice('Bearer '.length);
      const reply = await wire.ask({ connect: { token } });
      tally.connections += 1;
      if (given.status !== 200) {
        // A key itself is no token of the gateway. identity 2.2: 69
        assert.equal(reply, 3500, `${role}, ${name}`);
        continue;
      }
      assert.ok(typeof reply === 'object' && reply.error === undefined);
      const own = has(who, 'rooms:read') ? [`user:${caller.id}`] : [];
      assert.deepEqual(Object.keys(reply.connect?.subs ?? {}), own, `${role}, ${name}`);
      for (const { channel, relation, isPrivate } of caller.rooms) {
        const where = `${role}, ${name}, ${relation}, ${isPrivate ? 'private' : 'public'}`;
        const bare = await wire.ask({ subscribe: { channel } });
        assert.ok(typeof bare === 'object' && bare.error?.code === 103, where);
        const mine = await tokenFor(bearer, channel);
        const may = relation !== 'none' && has(who, 'rooms:read');
        assert.equal(mine !== undefined, may, where);
        tally.subscriptions += 2;
        if (mine === undefined) continue;
        const subscribed = await wire.ask({ subscribe: { channel, token: mine } });
        assert.ok(typeof subscribed === 'object' && subscribed.error === undefined, where);
        tally.allowed += 1;
      }
      const [room] = caller.rooms;
      assert.ok(room !== undefined);
      // identity 2.2: 68
      const foreign = (await tokenFor(heir.bearer, room.channel)) ?? '';
      const other = cast.callers[0]?.rooms.find(({ id }) => id !== room.id)?.channel ?? '';
      const stranger = await openWire(t, served);
      await stranger.ask({ connect: { token } });
      for (const command of [
        { subscribe: { channel: room.channel, token: foreign } },
        { subscribe: { channel: other, token: foreign } },
      ]) {
        const refused = await stranger.ask(command);
        assert.ok(typeof refused === 'number' ? refused >= 3500 : refused.error !== undefined, `${role}, ${name}`);
        tally.subscriptions += 1;
      }
    }
  t.diagnostic(`${tally.connections} connections, ${tally.subscriptions} subscriptions, ${tally.allowed} allowed`);
  assert.ok(tally.allowed > 20);
});

// identity 2.2: 129
test('an idempotency key belongs to one person, and to one key of a program', async (t) => {
  const cast = await openCast(t);
  const ids: string[] = [];
  const post = async (bearer: string): Promise<void> => {
    const response = await fetch(`${cast.served.url}/v1/rooms`, {
      method: 'POST',
      headers: { authorization: bearer, 'content-type': 'application/json', 'idempotency-key': 'same' },
      body: JSON.stringify({ name: 'Once' }),
    });
    ids.push(((await response.json()) as Room).id);
  };
  const [admin, manager] = cast.callers;
  const key = admin?.keys.get(FULL);
  for (const bearer of [admin?.bearer, admin?.bearer, manager?.bearer, key?.bearer, key?.bearer])
    await post(bearer ?? '');
  const [first, again, other, byKey, byKeyAgain] = ids;
  assert.equal(first, again);
  assert.equal(byKey, byKeyAgain);
  assert.equal(new Set([first, other, byKey]).size, 3);
});
