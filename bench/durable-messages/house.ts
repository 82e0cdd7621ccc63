// Decides the server under the durable-messages benchmark: the whole api on a SQLite file, with a sink for a gateway.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { pino } from 'pino';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  generateKey,
  generateSecretKeys,
  type TokenKind,
} from '@parley/tokens';
import type { ServerApi } from '@parley/protocol';
import { createApi, type Api } from '../../packages/api/src/app.ts';
import type { ApiConfig } from '../../packages/api/src/config.ts';
import type { Database } from '../../packages/api/src/db/database.ts';
import { openSqlite } from '../../packages/api/src/db/open-sqlite.ts';
import type { Load } from './load.ts';

const ROOMS = 100;
const MEMBERS = 10;

/** The running server. `delivered` counts publications in rooms that the sink has taken. */
export interface House {
  api: Api;
  database: Database;
  port: number;
  senders: Pick<Load, 'tokens' | 'roomIds'>;
  delivered(): number;
  close(): Promise<void>;
}

const config: ApiConfig = {
  publicUrl: 'http://localhost:8000',
  realtimeUrl: 'ws://localhost:8000/connection/websocket',
  allowedOrigins: [],
  providers: [],
  registration: 'invitation',
  passwordMinLength: 12,
  accessTokenLife: 900,
  connectionTokenLife: 60,
  connectionLife: 900,
  refreshIdleLife: 604_800,
  refreshAbsoluteLife: 2_592_000,
  refreshGrace: 30,
  refreshReplayLimit: 600,
  argon2: { memoryCost: 64, timeCost: 1, parallelism: 1 },
  trustedProxies: 0,
  rateLimitFactor: 1_000_000,
  secureCookies: true,
  version: '0',
};

const clock = { now: () => Date.now() };

function createTokens() {
  const profileOf = <K extends TokenKind>(kind: K) =>
    createProfile({
      kind,
      issuer: config.publicUrl,
      algorithms: ['HS256'],
      ring: createKeyring(kind, [generateKey('HS256', 'current')]),
      maxLifeSeconds: 3_600,
    });
  const access = profileOf('access');
  const issuer = {
    access: createSigner(access, clock),
    connection: createSigner(profileOf('connection'), clock),
    subscription: createSigner(profileOf('subscription'), clock),
  };
  return { issuer, verifyAccess: createVerifier(access, clock) };
}

/** A gateway that takes everything at once. */
function createSink(): { serverApi: ServerApi; delivered: () => number } {
  const counts = { room: 0 };
  const call = async (method: string, params: { channels?: string[] }): Promise<unknown> => {
    if (method === 'publish') counts.room += 1;
    if (method !== 'broadcast') return { result: { offset: 1, epoch: 'e' } };
    return { result: { responses: (params.channels ?? []).map(() => ({ result: { offset: 1, epoch: 'e' } })) } };
  };
  return { serverApi: { call } as unknown as ServerApi, delivered: () => counts.room };
}

/** Opens the server with 100 rooms of 10 members, each of whom sends. */
export async function openHouse(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const log = pino({ level: 'warn' }, pino.destination(2));
  const database = await openSqlite({ file: join(folder, 'parley.db'), log });
  const sink = createSink();
  const tokens = createTokens();
  const api = await createApi({
    config,
    database,
    serverApi: sink.serverApi,
    secretKeys: generateSecretKeys(),
    ...tokens,
    log,
    clock,
  });
  const senders = await populate(database, tokens.issuer);
  await api.ready();
  const server = createServer((request, response) => api.app.routing(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    api,
    database,
    port: (server.address() as AddressInfo).port,
    senders,
    delivered: sink.delivered,
    async close() {
      server.close();
      server.closeAllConnections();
      await api.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (kind: number, number: number): string =>
  `019ab2c4-7e5a-7cc${kind}-9d7e-${String(number).padStart(12, '0')}`;

async function populate(
  database: Database,
  issuer: ReturnType<typeof createTokens>['issuer'],
): Promise<House['senders']> {
  const now = Date.now();
  const people = Array.from({ length: MEMBERS }, (_, number) => ({ id: idOf(1, number), name: `Person ${number}` }));
  await database.transact(async (query) => {
    for (const { id, name } of people)
      await query
        .insertInto('users')
        .values({
          id,
          email: id,
          email_key: id,
          name,
          role: 'member',
          password_hash: '',
          disabled_at: null,
          created_at: now,
        })
        .execute();
    for (let number = 0; number < ROOMS; number += 1) {
      const room = { id: idOf(2, number), name: `Room ${number}`, topic: '', is_private: 0, created_at: now };
      await query
        .insertInto('rooms')
        .values({ ...room, created_by: idOf(1, 0) })
        .execute();
      for (const [index, { id }] of people.entries()) {
        const membership = { id: idOf(3, number * MEMBERS + index), room_id: room.id, user_id: id, joined_at: now };
        await query
          .insertInto('memberships')
          .values({ ...membership, role: 'member' })
          .execute();
      }
    }
  });
  const tokens = people.map(({ id, name }) =>
    issuer.access({ sub: id, name, sid: idOf(4, 0), uv: 0, role: 'member', scope: '', client_id: 'bench' }, 900),
  );
  return { tokens, roomIds: Array.from({ length: ROOMS }, (_, number) => idOf(2, number)) };
}
