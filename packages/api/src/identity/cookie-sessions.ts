// Decides how sessions of an older system are believed: its own "who am I" address is asked, with its own cookie.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import type { UserRow } from '../db/schema.ts';
import type { CookieJudged, CookieSessions } from '../http/gate-ports.ts';
import { LIMITS } from '../http/limits.ts';
import { canonicalEmail, isSameMailbox } from './normalise.ts';
import { createSlots } from './slots.ts';

/** Where the older system is, and until when it counts (Unix ms; null: not yet decided). */
export interface CookieSessionSettings {
  cookieName: string;
  /** Asked with `GET` and the cookie; 200 with `{ "userEmail" }` or `{ "userId" }`, or 401, 403, 404 for nobody. */
  url: string;
  until: number | null;
}

/** What asking needs. `fetch` is the network. */
export type CookieSessionPorts = Pick<ApiContext, 'clock' | 'log' | 'database' | 'revocations'> & {
  fetch: typeof globalThis.fetch;
};

const Answer = z.union([z.object({ userId: z.uuid() }), z.object({ userEmail: z.string().max(254) })]);

/** Whom the older system names; `nobody` is its answer too. */
type Named = { kind: 'id'; id: string } | { kind: 'email'; email: string; key: string } | { kind: 'nobody' };

/** What is remembered of a cookie: the person as they were, and when it was asked. */
interface Remembered {
  user: UserRow | undefined;
  askedAt: number;
}

const NO_SESSION = [401, 403, 404];
// What may stand in a cookie (RFC 6265): nothing that could end the header.
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * Makes the judge. An answer is believed for {@link LIMITS}.sessionCookies.cacheMs, by the hash of the cookie; what
 * ends a person's tokens here (another role, a disabled account) makes it be looked up anew at once.
 */
export function createCookieSessions(ports: CookieSessionPorts, settings: CookieSessionSettings): CookieSessions {
  const bounds = LIMITS.sessionCookies;
  const cache = new Map<string, Remembered>();
  const slots = createSlots({ parallel: bounds.parallel, maxWaiting: bounds.waiting, maxWaitMs: bounds.timeoutMs });

  const fromMemory = (hash: string): Remembered | undefined => {
    const known = cache.get(hash);
    if (known === undefined || ports.clock.now() - known.askedAt >= bounds.cacheMs) return undefined;
    const isStale =
      known.user !== undefined && ports.revocations.isRevoked({ sub: known.user.id, uv: known.user.epoch });
    return isStale ? undefined : known;
  };
  const remember = (hash: string, user: UserRow | undefined): Remembered => {
    const known = { user, askedAt: ports.clock.now() };
    cache.delete(hash);
    cache.set(hash, known);
    const [oldest] = cache.keys();
    if (cache.size > bounds.cached && oldest !== undefined) cache.delete(oldest);
    return known;
  };

  return {
    cookieName: settings.cookieName,
    until: settings.until,
    async judge(cookie) {
      if (cookie.length > bounds.cookieLength || !COOKIE_VALUE.test(cookie))
        return { kind: 'refused', reason: 'no cookie value' };
      const hash = createHash('sha256').update(cookie).digest('base64url');
      const known = fromMemory(hash);
      if (known !== undefined) return judged(known.user, hash);
      const asked = await slots.run(() => ask(ports, settings, cookie));
      if (!asked.ok || asked.value === undefined) return { kind: 'unavailable' };
      const user = await findNamed(ports.database, asked.value);
      return judged(remember(hash, user).user, hash);
    },
  };
}

function judged(user: UserRow | undefined, hash: string): CookieJudged {
  if (user === undefined) return { kind: 'refused', reason: 'no such session in the older system' };
  const { id: userId, name, role, epoch } = user;
  // Not a session of ours: nothing that asks for a recent sign-in takes it.
  const sessionId = `older-${hash}`;
  return { kind: 'actor', actor: { userId, name, role, epoch, sessionId, scopes: null } };
}

/** Asks the older system; undefined when it does not answer as it should. */
async function ask(
  { fetch, log }: CookieSessionPorts,
  { url, cookieName }: CookieSessionSettings,
  cookie: string,
): Promise<Named | undefined> {
  try {
    const response = await fetch(url, {
      headers: { cookie: `${cookieName}=${cookie}`, accept: 'application/json' },
      // A redirect leads to its login page, or the cookie somewhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(LIMITS.sessionCookies.timeoutMs),
    });
    if (NO_SESSION.includes(response.status)) {
      await response.body?.cancel();
      return { kind: 'nobody' };
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      log.warn({ status: response.status }, 'SESSION_AUTH_URL gave an unexpected status');
      return undefined;
    }
    return readAnswer(await readBounded(response));
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'SESSION_AUTH_URL did not answer');
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > LIMITS.sessionCookies.answerBytes) throw new RangeError('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function readAnswer(text: string): Named {
  const answer = Answer.safeParse(JSON.parse(text));
  if (!answer.success) return { kind: 'nobody' };
  if ('userId' in answer.data) return { kind: 'id', id: answer.data.userId };
  const email = canonicalEmail(answer.data.userEmail);
  return email === undefined ? { kind: 'nobody' } : { kind: 'email', ...email };
}

async function findNamed(database: ApiContext['database'], named: Named): Promise<UserRow | undefined> {
  if (named.kind === 'nobody') return undefined;
  const all = database.read.selectFrom('users').selectAll().where('disabled_at', 'is', null);
  const one = named.kind === 'id' ? all.where('id', '=', named.id) : all.where('email_key', '=', named.key);
  const user = await one.executeTakeFirst();
  const isAlike = named.kind === 'email' && user !== undefined && !isSameMailbox(user.email, named.email);
  return isAlike ? undefined : user;
}
