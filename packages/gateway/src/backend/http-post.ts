// Decides how one HTTP request to the application is made: sockets kept and counted, time and size bounded.
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { ProxyConfig } from './proxies.ts';

/** An answer, whatever its status, or in a few words why there is none; the words hold nothing of the address. */
export type Posted =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly problem: string };

/** Where requests go. */
export interface Poster {
  /** Sends a JSON body. Never rejects. `mayRepeat`: whether asking twice does no harm. */
  post(body: string, headers: Readonly<Record<string, string>>, mayRepeat: boolean): Promise<Posted>;
  /** Closes the sockets; requests that run fail. */
  close(): void;
}

/** Makes the poster of one proxy. */
export function createPoster({ endpoint, timeout, http }: ProxyConfig, clock: Clock): Poster {
  const url = new URL(endpoint);
  const isSecure = url.protocol === 'https:';
  // `timeout` closes a socket that nobody uses before most servers do, so that no request meets a closing one.
  const pool = { keepAlive: true, maxSockets: limits.maxBackendSockets, timeout: limits.backendIdleMs };
  const agent = isSecure ? new HttpsAgent({ ...pool, ...tlsOptions(http.tls) }) : new HttpAgent(pool);
  const send = isSecure ? httpsRequest : httpRequest;
  let running = 0;

  async function post(body: string, given: Readonly<Record<string, string>>, mayRepeat: boolean): Promise<Posted> {
    if (running >= limits.maxBackendCalls) return { ok: false, problem: 'too many calls wait for an answer' };
    running += 1;
    const headers = {
      ...given,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    };
    const call = new Call({ send: () => send(url, { agent, method: 'POST', headers }), body, mayRepeat });
    const stop = clock.every(timeout, () => call.fail(`no answer within ${timeout} ms`));
    try {
      return await call.run();
    } finally {
      stop();
      running -= 1;
    }
  }

  return { post, close: () => agent.destroy() };
}

interface CallInput {
  readonly send: () => ClientRequest;
  readonly body: string;
  readonly mayRepeat: boolean;
}

/** One request until its answer is whole, its time is over or it fails. */
class Call {
  readonly #input: CallInput;
  readonly #posted = Promise.withResolvers<Posted>();
  #request: ClientRequest | undefined;
  #isRepeated = false;
  #isDone = false;

  constructor(input: CallInput) {
    this.#input = input;
  }

  run(): Promise<Posted> {
    try {
      this.#send();
    } catch (error) {
      // A certificate or key that cannot be read is noticed here.
      this.#onError(false, error as NodeJS.ErrnoException);
    }
    return this.#posted.promise;
  }

  fail(problem: string): void {
    this.#finish({ ok: false, problem });
    this.#request?.destroy();
  }

  #finish(posted: Posted): void {
    this.#isDone = true;
    this.#posted.resolve(posted);
  }

  #send(): void {
    const request = this.#input.send();
    this.#request = request;
    request.on('error', (error: NodeJS.ErrnoException) => this.#onError(request.reusedSocket, error));
    request.on('response', (response) => this.#read(response));
    request.end(this.#input.body);
  }

  #read(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > limits.maxBackendAnswerBytes)
        this.fail(`the answer is larger than ${limits.maxBackendAnswerBytes} bytes`);
    });
    response.on('end', () => {
      this.#finish({ ok: true, status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    });
    response.on('error', () => this.fail('the connection broke off in the middle of the answer'));
  }

  // A server may close a kept socket in the instant in which it is used again.
  #onError(wasKept: boolean, { code }: NodeJS.ErrnoException): void {
    if (this.#isDone) return;
    if (wasKept && code === 'ECONNRESET' && this.#input.mayRepeat && !this.#isRepeated) {
      this.#isRepeated = true;
      this.#send();
      return;
    }
    // Only the code: the text of some errors holds what was received, or the address.
    this.fail(`the request failed${code === undefined ? '' : `: ${code}`}`);
  }
}

function tlsOptions(tls: ProxyConfig['http']['tls']): ConstructorParameters<typeof HttpsAgent>[0] {
  if (!tls.enabled) return {};
  return {
    ...(tls.cert_pem === '' ? {} : { cert: tls.cert_pem }),
    ...(tls.key_pem === '' ? {} : { key: tls.key_pem }),
    ...(tls.server_ca_pem === '' ? {} : { ca: tls.server_ca_pem }),
    ...(tls.server_name === '' ? {} : { servername: tls.server_name }),
    rejectUnauthorized: !tls.insecure_skip_verify,
  };
}
