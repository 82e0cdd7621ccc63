// Decides how the doctor proves that realtime works: a token of its own, a WebSocket, one connect command.
import { publicUrlOf } from '../output.ts';
import { createServerTokens } from '../serve/tokens.ts';
import { readKeys } from '../settings/key-store.ts';
import type { Settings } from '../settings/settings.ts';
import { localUrl } from './probes.ts';

/** Whether a connection came about, in how many milliseconds, or a sentence that says what stood in the way. */
export type Connected = { ok: true; ms: number } | { ok: false; problem: string };

const timeoutMs = 5_000;

/** Connects to the running server of the settings and leaves at once. */
export async function connectOnce(settings: Settings): Promise<Connected> {
  const loaded = await readKeys(settings, []);
  if (!loaded.ok) return { ok: false, problem: loaded.problem };
  const issuer = publicUrlOf(settings, settings.port);
  const { accessTokenLife } = settings;
  const tokens = createServerTokens({ issuer, rings: loaded.keys.rings, accessTokenLife }, { now: Date.now });
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const token = tokens.connection.sign({ sub: 'parley-doctor', expire_at: expiresAt }, 60);
  return shakeHands(`${localUrl(settings).replace(/^http/, 'ws')}/connection/websocket`, token);
}

function shakeHands(url: string, token: string): Promise<Connected> {
  const startedAt = performance.now();
  const socket = new WebSocket(url);
  return new Promise<Connected>((resolve) => {
    const timer = setTimeout(() => resolve({ ok: false, problem: `no answer within ${timeoutMs} ms` }), timeoutMs);
    const finish = (result: Connected): void => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, connect: { token, name: 'doctor' } })));
    socket.addEventListener('error', () => finish({ ok: false, problem: 'the WebSocket upgrade was refused' }));
    socket.addEventListener('close', (event) =>
      finish({ ok: false, problem: `the server closed the connection: ${event.code} ${event.reason}` }),
    );
    socket.addEventListener('message', (event) => {
      const isConnected = /"connect"\s*:/.test(String(event.data));
      const problem = 'the server refused the token';
      finish(isConnected ? { ok: true, ms: Math.round(performance.now() - startedAt) } : { ok: false, problem });
    });
  }).finally(() => socket.close());
}
