// Decides how the endpoints of the api are listed with the right that each asks for.
import { createApi, openSqlite } from '@parley/api';
import type { ApiOptions } from '@parley/api';
import type { Right } from '@parley/contract';
import { generateSecretKeys } from '@parley/tokens';
import { pino } from 'pino';
import { readSettings } from '../settings/settings.ts';
import { apiConfig } from './api-config.ts';

/** An endpoint, and what it asks for: a right, nothing (`public`), or undefined where that was forgotten. */
export interface RouteRight {
  method: string;
  path: string;
  asks: Right | 'public' | undefined;
}

const unused = (): never => {
  throw new TypeError('an api that only lists its endpoints answers no request');
};

/** Lists every endpoint, by path and method: puts an api together over an empty database in memory and asks it. */
export async function listRouteRights(): Promise<RouteRight[]> {
  const log = pino({ level: 'silent' });
  const read = readSettings({ environment: { NODE_ENV: 'development' }, flags: {}, readFile: unused });
  if (!read.ok) throw new TypeError('the default settings are refused');
  const database = await openSqlite({ file: ':memory:', log });
  const options: ApiOptions = {
    config: apiConfig(read.settings, 'http://localhost:8000', '0'),
    database,
    serverApi: { call: unused },
    issuer: { access: unused, connection: unused, subscription: unused },
    secretKeys: generateSecretKeys(),
    verifyAccess: unused,
    log,
    clock: { now: Date.now },
  };
  const api = await createApi(options);
  const routes: RouteRight[] = [];
  api.app.addHook('onRoute', ({ method, url, config }) => {
    const asks = config?.access ?? config?.right;
    for (const name of [method].flat()) routes.push({ method: name, path: url, asks });
  });
  await api.ready();
  await api.close();
  await database.close();
  return routes.sort((one, other) => `${one.path} ${one.method}`.localeCompare(`${other.path} ${other.method}`, 'en'));
}
