// Decides how a question is put to an application over HTTP in Centrifugo's proxy format, and what counts as an answer.
import type { Clock } from '../clock.ts';
import { type BackendAnswer, type BackendEvent, type BackendEvents, BackendUnavailable } from './backend.ts';
import { type ReadAnswer, readAnswer } from './answer-body.ts';
import { forwardedHeaders } from './headers.ts';
import { createPoster, type Posted } from './http-post.ts';
import type { Proxy, ProxyConfig } from './proxies.ts';
import { printBody } from './request-body.ts';

/** One proxy that speaks HTTP. */
export interface HttpProxy {
  /**
   * Asks.
   *
   * @throws BackendUnavailable if there is no answer with status 200 or a transform, or none that can be read
   */
  ask<Event extends BackendEvent>(
    event: Event,
    call: BackendEvents[Event]['call'],
  ): Promise<BackendAnswer<BackendEvents[Event]['result']>>;
  close(): void;
}

/** Makes the proxy; connects when it is asked for the first time. */
export function createHttpProxy({ path, proxy }: Proxy, clock: Clock): HttpProxy {
  const poster = createPoster(proxy, clock);
  return {
    async ask(event, call) {
      const body = printBody(event, call, proxy);
      if (body === undefined) {
        throw new BackendUnavailable(`${path}: what the client sent is not JSON; set binary_encoding to hand it on`);
      }
      const posted = await poster.post(
        body,
        forwardedHeaders(proxy, 'client' in call ? call : {}),
        questions.has(event),
      );
      const read = readPosted(event, posted, proxy);
      if (!read.ok) throw new BackendUnavailable(`${path}: ${read.problem}`);
      return read.answer;
    },
    close: () => poster.close(),
  };
}

// They only ask; the others may make the application act.
const questions: ReadonlySet<BackendEvent> = new Set([
  'connect',
  'refresh',
  'subscribe',
  'subRefresh',
  'sharedPollRefresh',
] as const);

function readPosted<Event extends BackendEvent>(
  event: Event,
  posted: Posted,
  { http }: ProxyConfig,
): ReadAnswer<Event> {
  if (!posted.ok) return posted;
  if (posted.status === 200) return readAnswer(event, posted.body);
  const transform = http.status_to_code_transforms.find(({ status_code }) => status_code === posted.status);
  if (transform === undefined) return { ok: false, problem: `status ${posted.status}` };
  const { to_error: error, to_disconnect: disconnect } = transform;
  if (disconnect.code > 0) return { ok: true, answer: { ok: false, disconnect } };
  const { code, message, temporary } = error;
  return { ok: true, answer: { ok: false, error: temporary ? { code, message, temporary } : { code, message } } };
}
