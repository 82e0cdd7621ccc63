// Decides what happens when a POST comes again under the same Idempotency-Key.
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { LIMITS } from './limits.ts';
import { problem } from './problems.ts';
import { refuseTooMany, type RateLimits } from './rate-limits.ts';

/** What storing answers asks for. */
export interface IdempotencyPorts {
  database: Database;
  clock: Clock;
  limits: Pick<RateLimits, 'take'>;
}

/** The two ends of a request: `before` claims the key or answers, `after` keeps the answer. */
export interface Idempotency {
  before: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  after: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>;
}

interface Claim {
  principal: string;
  route: string;
  key: string;
}

type Claimed =
  | { kind: 'claimed' }
  | { kind: 'running' }
  | { kind: 'mismatch' }
  | { kind: 'answered'; status: number; body: string };

const KEY = /^[\x21-\x7e]+$/;

/** The claim that a request makes, if it makes one: an authenticated POST with the header. */
function claimOf(request: FastifyRequest): Claim | undefined {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || request.actor === null || typeof key !== 'string') return undefined;
  if (request.routeOptions.config.idempotency === 'off') return undefined;
  const { userId, sessionId, scopes } = request.actor;
  // The path with its ids, so that one key in two rooms is two requests. A program is somebody else than its owner.
  return { principal: scopes === null ? userId : sessionId, route: request.url.split('?', 1)[0] ?? '', key };
}

function hashOf(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('base64url');
}

async function claim(ports: IdempotencyPorts, wanted: Claim, bodyHash: string): Promise<Claimed> {
  const now = ports.clock.now();
  return ports.database.transact(async (query) => {
    const inserted = await query
      .insertInto('idempotency')
      .values({ ...wanted, body_hash: bodyHash, status: null, body: null, created_at: now })
      .onConflict((conflict) => conflict.columns(['principal', 'route', 'key']).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 1n) return { kind: 'claimed' };
    const row = await query
      .selectFrom('idempotency')
      .selectAll()
      .where((where) => where.and({ ...wanted }))
      .executeTakeFirst();
    if (row === undefined) return { kind: 'running' };
    if (row.body_hash !== bodyHash) return { kind: 'mismatch' };
    if (row.status !== null) return { kind: 'answered', status: row.status, body: row.body ?? '' };
    if (now - row.created_at < LIMITS.idempotency.abandonedMs) return { kind: 'running' };
    const taken = await query
      .updateTable('idempotency')
      .set({ created_at: now })
      .where((where) => where.and({ ...wanted, created_at: row.created_at }))
      .executeTakeFirst();
    return taken.numUpdatedRows === 1n ? { kind: 'claimed' } : { kind: 'running' };
  });
}

/** Removes what is older than it must be kept, at most once per interval. */
function createSweeper(ports: IdempotencyPorts): () => Promise<void> {
  const swept = { at: ports.clock.now() };
  return async () => {
    const now = ports.clock.now();
    if (now - swept.at < LIMITS.idempotency.sweepMs) return;
    swept.at = now;
    await ports.database.transact((query) =>
      query
        .deleteFrom('idempotency')
        .where('created_at', '<', now - LIMITS.idempotency.keepMs)
        .execute(),
    );
  };
}

/**
 * Makes the guard. Answers below 500 are kept for 24 hours and given again with `Idempotency-Replayed: true`; a 5xx
 * frees the key. While the first request runs the answer is 409, with another body 422. Keys belong to the person and
 * the path. A person may use 10,000 keys a day.
 */
export function createIdempotency(ports: IdempotencyPorts): Idempotency {
  const claims = new WeakMap<FastifyRequest, Claim>();
  const sweep = createSweeper(ports);
  return {
    async before(request, reply) {
      const wanted = claimOf(request);
      if (wanted === undefined) return undefined;
      if (wanted.key.length > LIMITS.idempotency.keyLength || !KEY.test(wanted.key))
        return problem(reply, 'request.malformed', {
          detail: 'Idempotency-Key takes 1 to 255 visible ASCII characters.',
        });
      const taken = await ports.limits.take('idempotency-user', wanted.principal);
      if (!taken.ok) return refuseTooMany(reply, taken);
      await sweep();
      const claimed = await claim(ports, wanted, hashOf(request.body));
      switch (claimed.kind) {
        case 'claimed':
          claims.set(request, wanted);
          return undefined;
        case 'running':
          return problem(reply, 'idempotency.in_progress');
        case 'mismatch':
          return problem(reply, 'idempotency.mismatch');
        case 'answered':
          return replay(reply, claimed);
      }
    },
    async after(request, reply, payload) {
      const held = claims.get(request);
      if (held === undefined) return payload;
      claims.delete(request);
      try {
        await keep(ports, held, { status: reply.statusCode, body: typeof payload === 'string' ? payload : '' });
      } catch (error) {
        // The work is done and committed: its answer matters more than its replay.
        request.log.error({ err: error }, 'idempotent answer not kept');
      }
      return payload;
    },
  };
}

function replay(reply: FastifyReply, answer: { status: number; body: string }): FastifyReply {
  reply.header('idempotency-replayed', 'true').code(answer.status);
  if (answer.body === '') return reply.send();
  return reply
    .type(answer.status >= 400 ? 'application/problem+json' : 'application/json; charset=utf-8')
    .serializer((text: unknown) => String(text))
    .send(answer.body);
}

async function keep(ports: IdempotencyPorts, held: Claim, answer: { status: number; body: string }): Promise<void> {
  await ports.database.transact(async (query) => {
    if (answer.status >= 500)
      await query
        .deleteFrom('idempotency')
        .where((where) => where.and({ ...held }))
        .execute();
    else
      await query
        .updateTable('idempotency')
        .set(answer)
        .where((where) => where.and({ ...held }))
        .execute();
  });
}
