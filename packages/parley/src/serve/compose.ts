// Composes gateway, api and page into one process: the only place that knows all three.
import { createApi, systemRequester } from '@parley/api';
import type { Api, Clock, Database } from '@parley/api';
import { createGateway, createKeyCheck, readGatewayConfig } from '@parley/gateway';
import type { Gateway } from '@parley/gateway';
import { createForeignVerifier, tokenRings } from '@parley/tokens';
import type { Logger } from 'pino';
import { createMetricsPage } from '../gateway/metrics-page.ts';
import type { Page } from '../gateway/pages.ts';
import { publicUrlOf } from '../output.ts';
import type { ReadKeys } from '../settings/key-store.ts';
import type { Secrets } from '../settings/secret-files.ts';
import type { Settings } from '../settings/settings.ts';
import { apiConfig, extraOrigins, realtimeUrlOf } from './api-config.ts';
import { openDatabase } from './database.ts';
import { cutConnections } from './cut-connections.ts';
import { createFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { gatewayConfig } from './gateway-config.ts';
import { createOperatorDoor } from './operator-door.ts';
import { createJwksPage } from './jwks-page.ts';
import { startKeys } from './keys.ts';
import type { RingChange } from './key-keeper.ts';
import { createProblemsPage } from './problems-page.ts';
import { createTokenGate } from './token-gate.ts';
import { createServerTokens } from './tokens.ts';
import { createWebDoor } from './web-door.ts';

/** What a server is made of. `webFolder` holds the built page. */
export interface ComposeOptions {
  settings: Settings;
  log: Logger;
  clock: Clock;
  version: string;
  webFolder: string;
  /** Reads or makes the secrets; called when the address and the database are ours, so that nobody else makes them too. */
  loadSecrets(): Promise<Secrets>;
  /** Reads the keys again, with everything that decides about them. */
  readKeys: () => Promise<ReadKeys>;
}

/** A server that answers. */
export interface RunningServer {
  publicUrl: string;
  port: number;
  secrets: Secrets;
  /** The link of the first administrator, while there is no account. */
  setupLink: string | undefined;
  /** Reads the keys again; whether what was read is in force. */
  reloadKeys: () => Promise<boolean>;
  /**
   * Stops in order: not ready, no new connections, clients told to come back (3001), outbox at rest, database closed.
   * Requests that run may end; what takes longer than `timeoutMs` is cut.
   */
  stop(timeoutMs: number): Promise<void>;
}

/**
 * Starts everything and resolves when requests are answered. What was begun is undone when a later part fails.
 *
 * @throws Error with a sentence for people: port in use, database locked, page not built, keys damaged
 */
export async function startServer(options: ComposeOptions): Promise<RunningServer> {
  const { settings } = options;
  const undo: (() => Promise<void>)[] = [];
  try {
    const door = await createFrontDoor({ host: settings.host, port: settings.port });
    undo.push(async () => {
      door.startDraining();
      await door.close(0);
    });
    const database = await openDatabase(settings, options.log);
    undo.push(() => database.close());
    const secrets = await options.loadSecrets();
    const publicUrl = publicUrlOf(settings, door.port);
    const { gateway, api } = await composeParts({ ...options, database, secrets, publicUrl });
    undo.push(() => api.close());
    const keys = startKeys({
      ...options,
      live: secrets,
      onChange: (changes) => followKeys({ gateway, api, log: options.log }, changes),
    });
    undo.push(() => keys.close());
    const page = await createWebDoor({
      folder: options.webFolder,
      realtimeUrl: realtimeUrlOf(publicUrl),
      isHttps: publicUrl.startsWith('https:'),
    });
    await api.ready();
    const setupLink = await api.setupLink();
    door.open({
      gateway,
      pages: [
        ...pagesOf({ gateway, api, secrets, log: options.log }),
        createProblemsPage(),
        createJwksPage(secrets.rings),
        page,
      ],
      api: (request, response) => api.app.routing(request, response),
    });
    const stop = async (timeoutMs: number): Promise<void> => {
      await keys.close();
      await stopServer({ door, gateway, api, database }, timeoutMs);
    };
    return { publicUrl, port: door.port, secrets, setupLink, reloadKeys: keys.reload, stop };
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}

/** Records what happened to the keys; a revoked one that signed tokens ends every live connection. */
function followKeys(
  { gateway, api, log }: { gateway: Gateway; api: Api; log: Logger },
  changes: readonly RingChange[],
): void {
  for (const { ring, kid, change } of changes) {
    if (change === 'removed') continue;
    const name = `key.${change}` as const;
    api.audit.note({ name, outcome: 'success', requester: systemRequester, keyId: kid, details: { ring } });
  }
  const isCut = changes.some(({ ring, change }) => change === 'revoked' && tokenRings.some((kind) => kind === ring));
  if (!isCut) return;
  cutConnections(gateway.serverApi).then(
    (count) => log.warn({ count }, 'a key was revoked: all live connections were cut'),
    (error: unknown) => log.error({ err: error }, 'a key was revoked, but live connections could not be cut'),
  );
}

/** The pages of operators: their door, and the metrics. */
function pagesOf(parts: { gateway: Gateway; api: Api; secrets: Secrets; log: Logger }): Page[] {
  const { gateway, api, secrets, log } = parts;
  const { scrape } = gateway;
  const door = createOperatorDoor({ secretKeys: secrets.secretKeys, operator: api.operator, log });
  if (scrape === undefined) return [door];
  // Metrics tell much about a server that stands in the open, so that they need the key of the server API.
  const isAllowed = createKeyCheck(secrets.apiKey);
  const both = async (): Promise<string> => `${await scrape()}${api.metrics()}`;
  return [door, createMetricsPage({ path: '/metrics', log, scrape: both, isAllowed })];
}

interface PartsOptions extends ComposeOptions {
  database: Database;
  secrets: Secrets;
  publicUrl: string;
}

async function composeParts(options: PartsOptions): Promise<{ gateway: Gateway; api: Api }> {
  const { settings, log, clock, version, database, secrets, publicUrl } = options;
  const { accessTokenLife, centrifugoSecret } = settings;
  const tokens = createServerTokens({ issuer: publicUrl, rings: secrets.rings, accessTokenLife }, clock);
  // The gateway asks the api for revocations and the api publishes through the gateway; until both are there, no token passes.
  const holder: { api?: Api } = {};
  const foreign =
    centrifugoSecret === undefined
      ? {}
      : { foreign: createForeignVerifier({ hmacSecrets: [centrifugoSecret], algorithms: ['HS256'] }, clock) };
  const gate = createTokenGate({
    tokens,
    revocations: { isRevoked: (claims) => holder.api?.revocations.isRevoked(claims) ?? true },
    ...foreign,
  });
  const origins = [publicUrl, ...extraOrigins(settings, publicUrl)];
  const read = readGatewayConfig(gatewayConfig({ origins, apiKey: secrets.apiKey }));
  if (!read.ok) throw new Error(`the gateway refuses its configuration: ${read.problems.join('; ')}`);
  const gateway = createGateway({ config: read.config, tokens: gate, log, name: 'parley', version });
  const api = await createApi({
    config: apiConfig(settings, publicUrl, version),
    database,
    serverApi: gateway.serverApi,
    secretKeys: secrets.secretKeys,
    issuer: { access: tokens.access.sign, connection: tokens.connection.sign, subscription: tokens.subscription.sign },
    verifyAccess: tokens.access.verify,
    log,
    clock,
    ...(settings.cookieSessions === undefined ? {} : { cookieSessions: settings.cookieSessions }),
  });
  holder.api = api;
  return { gateway, api };
}

interface Parts {
  door: FrontDoor;
  gateway: Gateway;
  api: Api;
  database: Database;
}

async function stopServer({ door, gateway, api, database }: Parts, timeoutMs: number): Promise<void> {
  door.startDraining();
  await gateway.shutdown();
  await door.close(timeoutMs);
  await api.close();
  await database.close();
}
