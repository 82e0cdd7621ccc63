// Decides how the doctor asks a running server.
import type { Settings } from '../settings/settings.ts';

/** What listens on the port: nothing, something else, or Parley with its answer. `date` is its clock in Unix ms. */
export type ServerAnswer =
  | { kind: 'free' }
  | { kind: 'foreign' }
  | { kind: 'parley'; status: number; body: string; date: number | undefined };

/** The address at which a server with these settings is reached from this machine. */
export function localUrl({ host, port }: Pick<Settings, 'host' | 'port'>): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Asks a health path of the server on the port of the settings. Never rejects. */
export async function askServer(settings: Pick<Settings, 'host' | 'port'>, path: string): Promise<ServerAnswer> {
  try {
    const response = await fetch(`${localUrl(settings)}${path}`, { signal: AbortSignal.timeout(3_000) });
    const body = (await response.text()).slice(0, 2_000);
    if (!/"status"\s*:/.test(body)) return { kind: 'foreign' };
    const date = Date.parse(response.headers.get('date') ?? '');
    return { kind: 'parley', status: response.status, body, date: Number.isNaN(date) ? undefined : date };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const isRefused = cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
    return isRefused ? { kind: 'free' } : { kind: 'foreign' };
  }
}
