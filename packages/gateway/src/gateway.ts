// Composes a gateway: the only file that knows which engine is behind the ports.
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { disconnects, type ServerApi } from '@parley/protocol';
import type { Application } from './backend/backend.ts';
import { createBackend } from './backend/create-backend.ts';
import { keptEmulatedHeaders } from './backend/headers.ts';
import { keptHeaders } from './backend/headers.ts';
import { type Clock, type Random, systemClock } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayContext } from './context.ts';
import type { OpenEngine } from './engine/engine.ts';
import { openMemoryEngine } from './engine/memory/engine.ts';
import type { NodeHandlers } from './engine/nodes.ts';
import { newEpoch } from './engine/memory/epoch.ts';
import { Connections } from './hub/connections.ts';
import { type HookCounts, Hooks } from './hooks/hooks.ts';
import { Hub } from './hub/hub.ts';
import { limits } from './limits.ts';
import { background, type Log } from './log.ts';
import { deliverTo } from './metrics/arrivals.ts';
import { countRequests } from './metrics/http-requests.ts';
import { measureBackend } from './metrics/measured-backend.ts';
import { measureEngine, measureHandlers } from './metrics/measured-engine.ts';
import { createPollMeter } from './metrics/measured-polls.ts';
import { Metrics } from './metrics/metrics.ts';
import { createReports, type Reports } from './metrics/reports.ts';
import { createNamespaces, type Namespaces } from './namespaces.ts';
import { attend } from './operations/attend.ts';
import { disconnect } from './operations/disconnect.ts';
import { createNodeHandlers } from './operations/node-calls.ts';
import { endLost } from './operations/upkeep.ts';
import { createHttpDoor } from './server-api/http.ts';
import { createRateLimits } from './rate-limits/rate-limits.ts';
import { createRevocationGate } from './revocations/gate.ts';
import { createServerApi } from './server-api/in-process.ts';
import { SharedPolls } from './shared-poll/shared-polls.ts';
import type { Session, SessionEvents } from './session/session.ts';
import { Flusher } from './session/writer.ts';
import { TimerWheel } from './timer-wheel.ts';
import type { TokenGate } from './token-gate.ts';
import { Doors } from './transports/doors.ts';
import { receiveEmulated } from './transports/emulation.ts';
import { createEndpoints } from './transports/endpoints.ts';
import { createOrigins } from './transports/origins.ts';

/** What a gateway is made of. `random` gives numbers from 0 up to 1. */
export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly tokens: TokenGate;
  readonly log: Log;
  readonly name: string;
  readonly version: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** The application in this process: what the configuration asks of the endpoint `in-process:`. */
  readonly application?: Application;
  /** Where streams, presence and other nodes are; by default the memory of this process. */
  readonly engine?: OpenEngine;
}

/** How things stand, and what happened since the start. Sizes in bytes. */
export interface GatewayStats {
  readonly published: number;
  readonly delivered: number;
  readonly slowDisconnects: number;
  readonly positionsLost: number;
  readonly recoveriesOk: number;
  readonly recoveriesFailed: number;
  readonly authFailures: number;
  readonly rateLimited: number;
  /** Connections of all transports that are open or closing, established or not. */
  readonly sockets: number;
  readonly connections: number;
  readonly users: number;
  readonly subscriptions: number;
  readonly channels: number;
  /** Shared polls of this node, and keys that are tracked in them. */
  readonly polledChannels: number;
  readonly polledKeys: number;
  /** What the application is told. */
  readonly hookEvents: HookCounts;
  /** What waits in queues and network buffers of this process. */
  readonly queuedBytes: number;
}

/** Realtime delivery for one process; it listens to nothing itself. */
export interface Gateway {
  /** Takes a WebSocket upgrade. False: not for its path; nothing was done. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Takes a request of a client's transport or to the server API. False: not for its path; nothing was done. */
  readonly handleRequest: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** The server API for a backend in this process. */
  readonly serverApi: ServerApi;
  /** Resolves when the engine knows all that it has to; nobody may be let in before. */
  readonly ready: Promise<void>;
  stats(): GatewayStats;
  /** The metrics of all processes of the server, in the text form of Prometheus. Undefined: `prometheus.enabled` is off. */
  readonly scrape: (() => Promise<string>) | undefined;
  /**
   * Puts the `client` and `channel` options of another configuration into force, for what happens from now on. Listeners, transports,
   * backends and the engine stay as they are.
   */
  reconfigure(config: Pick<GatewayConfig, 'client' | 'channel'>): void;
  /** Lets nobody in any more, sends everyone away with 3001, and resolves when all are gone or the time-out is over. */
  shutdown(): Promise<void>;
}

/** Session ids are secrets: whoever has one speaks for the connection. */
const sessionIdBytes = 24;

/** Makes a gateway. */
export function createGateway(options: GatewayOptions): Gateway {
  const { clock = systemClock } = options;
  const { context, ready, stop } = createContext(options, clock, () => reports);
  const doors = new Doors(context);
  const endpoints = createEndpoints({
    context,
    doors,
    origins: createOrigins(() => context.config.client.allowed_origins),
    keepHeaders: keptHeaders(options.config),
    newClientId: randomUUID,
    newSessionId: () => randomBytes(sessionIdBytes).toString('base64url'),
  });
  const { metrics } = context;
  const reports = createReports({
    ...context,
    present: () => readStats(context, doors.size),
    version: options.version,
  });
  const serverApiDoor = createHttpDoor(context);
  const handleRequest: Gateway['handleRequest'] = (request, response) =>
    endpoints.handleRequest(request, response) || serverApiDoor(request, response);
  return {
    handleUpgrade: endpoints.handleUpgrade,
    handleRequest: countRequests(handleRequest, context.config, metrics.store),
    scrape: reports.scrape,
    serverApi: createServerApi(context),
    ready,
    stats: () => readStats(context, doors.size),
    reconfigure({ client, channel }) {
      context.config = { ...context.config, client, channel };
      context.namespaces = createNamespaces({ channel });
      context.rateLimits = createRateLimits({ client }, clock, limits.maxRateLimitedUsers);
      context.sessionSettings = { ...context.sessionSettings, maxQueueBytes: client.queue_max_size };
      metrics.reconfigure({ channel });
    },
    async shutdown() {
      await doors.close(options.config.shutdown.timeout);
      await reports.stop();
      await stop();
    },
  };
}

function countQueuedBytes({ connections, sessionSettings }: GatewayContext): number {
  let queuedBytes = sessionSettings.flusher.waitingBytes;
  for (const { transport } of connections.all()) queuedBytes += transport.bufferedBytes;
  return queuedBytes;
}

function readStats(context: GatewayContext, sockets: number): GatewayStats {
  const { connections, hub, polls } = context;
  const { store } = context.metrics;
  return {
    published: store.total('centrifugo_node_messages_sent_count', 'publication'),
    delivered: store.total('parley_deliveries_total'),
    slowDisconnects: store.total('parley_slow_clients_total'),
    positionsLost: store.total('parley_positions_lost_total'),
    recoveriesOk: store.total('centrifugo_client_recover', 'yes'),
    recoveriesFailed: store.total('centrifugo_client_recover', 'no'),
    authFailures: store.total('parley_token_refusals_total'),
    rateLimited: store.total('parley_rate_limited_total'),
    sockets,
    connections: connections.count,
    users: connections.userCount,
    subscriptions: hub.subscriptionCount,
    channels: hub.channelCount,
    polledChannels: polls.channelCount,
    polledKeys: polls.keyCount,
    hookEvents: context.hooks.counts,
    queuedBytes: countQueuedBytes(context),
  };
}

type ChangingContext = GatewayContext & {
  config: GatewayConfig;
  namespaces: Namespaces;
  rateLimits: GatewayContext['rateLimits'];
  sessionSettings: GatewayContext['sessionSettings'];
};

interface CreatedContext {
  readonly context: ChangingContext;
  readonly ready: Promise<void>;
  readonly stop: () => Promise<void>;
}

function createContext(options: GatewayOptions, clock: Clock, reportsOf: () => Reports): CreatedContext {
  const { config, tokens, log, random = Math.random } = options;
  const hub = new Hub();
  const metrics = new Metrics({ config, clock, elapsed: () => performance.now() });
  const nodeId = randomUUID();
  const asked = createBackend(config, { clock, application: options.application ?? {} });
  const backend = measureBackend(asked, metrics, config);
  const hooks = new Hooks({
    nodeId,
    config,
    clock,
    random,
    log,
    backend,
    namespaces: (name) => context.namespaces(name),
    audience: () => engine.audience,
  });
  const opened = (options.engine ?? openMemoryEngine)({
    clock,
    random,
    nodeId,
    events: deliverTo(hub, metrics),
    onAudience: (change) => hooks.audienceChanged(change),
    handlers: measureHandlers(
      nodeHandlers(() => context, reportsOf),
      metrics,
    ),
  });
  const engine = measureEngine(opened, metrics);
  const wheel = new TimerWheel<Session>(limits.timerResolutionMs, clock.now(), (session, now) =>
    attend(context, session, now),
  );
  const stopWheel = clock.every(limits.timerResolutionMs, () => wheel.advance(clock.now()));
  const context: ChangingContext = {
    node: { id: nodeId, name: options.name, version: options.version, startedAt: clock.now() },
    config,
    clock,
    random,
    log,
    namespaces: createNamespaces(config),
    hub,
    connections: new Connections<Session>(),
    broker: engine.broker,
    mapBroker: engine.mapBroker,
    presence: engine.presence,
    nodes: engine.nodes,
    tokens: createRevocationGate(tokens, engine.revocations, clock),
    revocations: engine.revocations,
    metrics,
    wheel,
    sessionSettings: {
      flusher: new Flusher(metrics.sent),
      maxQueueBytes: config.client.queue_max_size,
      maxWaitingFrameBytes: limits.maxWaitingFrameBytes,
      events: sessionEvents(() => context),
    },
    backend,
    keepEmulatedHeaders: keptEmulatedHeaders(config),
    hooks,
    rateLimits: createRateLimits(config, clock, limits.maxRateLimitedUsers),
    polls: new SharedPolls({
      clock,
      log,
      backend,
      concurrencyLimit: config.shared_poll.concurrency_limit,
      newEpoch: () => newEpoch(random),
      meter: createPollMeter(metrics),
    }),
  };
  const stop = async () => {
    await hooks.close(limits.hookCloseMs);
    stopWheel();
    engine.stop();
    context.polls.stop();
    asked.close();
  };
  return { context, ready: engine.ready, stop };
}

function nodeHandlers(contextOf: () => GatewayContext, reportsOf: () => Reports): NodeHandlers {
  return {
    ...createNodeHandlers(contextOf, reportsOf),
    async emulate(params) {
      await receiveEmulated(contextOf(), params);
      return undefined;
    },
  };
}

// The context holds these events and they need the context, so that it is asked for late.
function sessionEvents(contextOf: () => GatewayContext): SessionEvents {
  return {
    tooSlow(session) {
      const context = contextOf();
      context.metrics.store.count('parley_slow_clients_total');
      // Raised in the middle of a broadcast: what follows must not change the channel under it.
      setImmediate(() => background(context.log, disconnect(context, session, disconnects.slow)));
    },
    unencodable(session) {
      const context = contextOf();
      setImmediate(() => background(context.log, disconnect(context, session, disconnects.inappropriateProtocol)));
    },
    positionLost(session, subscription) {
      const context = contextOf();
      setImmediate(() => background(context.log, endLost(context, session, subscription)));
    },
  };
}
