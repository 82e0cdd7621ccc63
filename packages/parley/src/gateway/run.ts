// Composes a gateway that stands alone: listeners, realtime delivery, tokens, and the order in which it ends.
import { hostname } from 'node:os';
import { createGateway, type Gateway, type GatewayConfig, type OpenEngine, type TokenGate } from '@parley/gateway';
import type { Logger } from 'pino';
import { createFrontDoor, type FrontDoor, type FrontDoorOptions } from '../serve/front-door.ts';
import { createSides, listenersOf, type Side } from './listeners.ts';
import { createMetricsPage } from './metrics-page.ts';
import { answerNotFound, createHealthPage } from './pages.ts';

/** What a gateway alone is made of. */
export interface RunOptions {
  config: GatewayConfig;
  tokens: TokenGate;
  log: Logger;
  version: string;
  /** Where streams and presence are; absent: in this process. */
  engine?: OpenEngine;
}

/** A gateway that answers. */
export interface RunningGateway {
  readonly gateway: Gateway;
  /** `http://` or `https://` with host and port. */
  readonly url: string;
  /** The internal listener; absent: the external one serves everything. */
  readonly internalUrl?: string;
  /** Stops in order: no new connections, clients told to come back (3001); what takes longer than `shutdown.timeout` is cut. */
  stop(): Promise<void>;
}

interface Listening {
  readonly door: FrontDoor;
  readonly options: FrontDoorOptions;
  readonly serves: readonly Side[];
}

/**
 * Starts listening; resolves when requests are answered.
 *
 * @throws the error of the system when an address cannot be had, and of TLS when a certificate does not fit its key
 */
export async function runGateway({ config, tokens, log, version, engine }: RunOptions): Promise<RunningGateway> {
  const doors = await openDoors(config);
  const [first] = doors;
  const name = config.node.name || `${hostname()}_${first?.door.port ?? config.http_server.port}`;
  const gateway = createGateway({ config, tokens, log, name, version, ...(engine === undefined ? {} : { engine }) });
  await gateway.ready;
  const sideOf = createSides(config);
  const { scrape } = gateway;
  const pages = [
    createHealthPage(config),
    ...(scrape === undefined ? [] : [createMetricsPage({ path: config.prometheus.handler_prefix, log, scrape })]),
  ];
  for (const { door, serves } of doors) {
    const isServed = (url = '/'): boolean => serves.includes(sideOf(url));
    door.open({
      gateway: {
        handleRequest: (request, response) => isServed(request.url) && gateway.handleRequest(request, response),
        handleUpgrade: (request, socket, head) => isServed(request.url) && gateway.handleUpgrade(request, socket, head),
      },
      pages: pages.map((page) => ({
        handle: (request, response) => isServed(request.url) && page.handle(request, response),
      })),
      api: answerNotFound,
    });
  }
  const [url = '', internalUrl] = doors.map(urlOf);
  return {
    gateway,
    url,
    ...(internalUrl === undefined ? {} : { internalUrl }),
    async stop() {
      for (const { door } of doors) door.startDraining();
      await gateway.shutdown();
      await Promise.all(doors.map(({ door }) => door.close(config.shutdown.timeout)));
    },
  };
}

async function openDoors(config: GatewayConfig): Promise<Listening[]> {
  const { external, internal } = listenersOf(config);
  const first = await createFrontDoor(external);
  if (internal === undefined) return [{ door: first, options: external, serves: ['external', 'internal'] }];
  try {
    const second = await createFrontDoor(internal);
    return [
      { door: first, options: external, serves: ['external'] },
      { door: second, options: internal, serves: ['internal'] },
    ];
  } catch (error) {
    first.startDraining();
    await first.close(0);
    throw error;
  }
}

function urlOf({ door, options }: Listening): string {
  const host = options.host === '' ? '0.0.0.0' : options.host;
  const authority = host.includes(':') ? `[${host}]` : host;
  return `${options.tls === undefined ? 'http' : 'https'}://${authority}:${door.port}`;
}
