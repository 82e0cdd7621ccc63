// Decides how the realtime library is set up: tokens read at connect time, attempts spaced by our gate.
import { Centrifuge, UnauthorizedError } from 'centrifuge';
import type { Subscription, TransportEndpoint } from 'centrifuge';
import type { RealtimeToken } from '@parley/contract';
import type { AttemptGate } from './attempt-gate.ts';
import type { Http, HttpRequest } from './http.ts';
import type { ParleyProblem } from './problem.ts';

/** The library's own delay; the gate does the waiting. Milliseconds. */
const LIBRARY_DELAY_MS = 10;

/** What {@link createRealtime} needs. */
export interface RealtimeOptions {
  url: string | TransportEndpoint[];
  http: Http;
  gate: AttemptGate;
  /** A WebSocket constructor, where the platform has none. */
  WebSocket?: unknown;
}

/** Refusals that asking again does not change. */
function isFinal(problem: ParleyProblem): boolean {
  return problem.status === 401 || problem.status === 403 || problem.status === 404 || problem.code === 'session.ended';
}

async function fetchToken(http: Http, request: HttpRequest): Promise<string> {
  const answer = await http.request<RealtimeToken>(request);
  if (answer.ok) return answer.value.token;
  // The library ends the connection or subscription on this class of error and tries again on every other.
  if (isFinal(answer.problem)) throw new UnauthorizedError(answer.problem.title);
  throw answer.problem;
}

/** Makes the library's client; it does not connect by itself. */
export function createRealtime(options: RealtimeOptions): Centrifuge {
  const { http, gate } = options;
  // An attempt that fetched a token has passed the gate already.
  let hasPassed = false;
  const centrifuge = new Centrifuge(options.url, {
    name: 'parley',
    minReconnectDelay: LIBRARY_DELAY_MS,
    maxReconnectDelay: LIBRARY_DELAY_MS,
    ...(options.WebSocket === undefined ? {} : { websocket: options.WebSocket }),
    async getToken() {
      if (centrifuge.state === 'connecting') {
        await gate.pass();
        hasPassed = true;
      }
      return fetchToken(http, { method: 'GET', path: '/v1/realtime/connection-token' });
    },
    async getData() {
      if (!hasPassed) await gate.pass();
      hasPassed = false;
      return null;
    },
  });
  centrifuge.on('connecting', () => {
    // A token of an earlier connection may have been revoked or have expired in its sleep.
    hasPassed = false;
    centrifuge.setToken('');
  });
  centrifuge.on('connected', () => gate.succeeded());
  centrifuge.on('disconnected', () => gate.reset());
  return centrifuge;
}

/** Makes a recoverable subscription with a token of its own. */
export function newSubscription(centrifuge: Centrifuge, http: Http, channel: string): Subscription {
  return centrifuge.newSubscription(channel, {
    recoverable: true,
    positioned: true,
    joinLeave: true,
    getToken: () => fetchToken(http, { method: 'POST', path: '/v1/realtime/subscription-token', body: { channel } }),
  });
}
