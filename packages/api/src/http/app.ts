// Decides how the api's HTTP server is put together and in which order a request meets its gates.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { LogController, errorCodes, fastify, type FastifyBaseLogger, type FastifyRequest } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ApiContext } from '../context.ts';
import type { ApiApp, RouteRegistrar } from './api-app.ts';
import { allowedOrigins, handleCors } from './cors.ts';
import { createAuthenticationCounts, type AuthenticationCounts } from './authentication-counts.ts';
import { actorOf, passGate } from './gate.ts';
import type { WaysIn } from './gate-ports.ts';
import { registerHealthRoutes, type HealthCheck } from './health.ts';
import { createIdempotency } from './idempotency.ts';
import { LIMITS, RATES } from './limits.ts';
import { safeText } from './log.ts';
import { answerUnknownRoutes } from './methods.ts';
import { registerOpenApi } from './openapi.ts';
import { answerError } from './problems.ts';
import { refuseTooMany, type RateLimits, type Taken } from './rate-limits.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { sourceAddress, trustedProxies } from './source-address.ts';
import { traceIdOf } from './trace.ts';
import { validatorCompiler } from './validation.ts';

/** What the server is made of. */
export interface HttpAppOptions {
  context: Pick<ApiContext, 'clock' | 'log' | 'database' | 'verifyAccess'> & {
    config: Pick<ApiContext['config'], 'publicUrl' | 'allowedOrigins' | 'trustedProxies' | 'trustedPeers' | 'version'>;
    revocations: Pick<ApiContext['revocations'], 'isRevoked'>;
  };
  limits: RateLimits;
  /** How requests may say who makes them, besides access tokens. */
  waysIn?: WaysIn;
  /** Counts what came of it; its own counters that nobody reads if not given. */
  counts?: AuthenticationCounts;
  routes: readonly RouteRegistrar[];
  /** What `/readyz` asks. */
  checks: readonly HealthCheck[];
}

/**
 * Makes the server, not listening: after `await app.ready()` its `app.routing(request, response)` handles requests of
 * any http server; tests use `app.inject`. A request meets, in this order: headers and CORS, the gate, the rate limit
 * of its route, body parsing, validation, idempotency, the handler.
 */
export function createHttpApp(options: HttpAppOptions): ApiApp {
  const { config, log } = options.context;
  const app: ApiApp = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply);
    },
    bodyLimit: LIMITS.bodyBytes,
    routerOptions: { maxParamLength: LIMITS.pathParameterLength },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>();
  app.decorate('problemTypes', `${config.publicUrl}/docs/problems`);
  app.decorateRequest('actor', null);
  app.decorateRequest('source', '');
  app.decorateRequest('overdrawn', null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  takeJsonOnly(app);
  answerUnknownRoutes(app);
  addRequestHooks(app, options);
  registerOpenApi(app, config);
  app.register((scope, _options, done) => {
    registerHealthRoutes(scope, { checks: options.checks, clock: options.context.clock });
    for (const register of options.routes) register(scope);
    done();
  });
  return app;
}

/** JSON in UTF-8 is the only language here: the framework would also take plain text, and mend broken characters. */
function takeJsonOnly(app: ApiApp): void {
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isUtf8(body)) return void parseJson(request, body.toString(), done);
    return done(new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY());
  });
}

/** Takes what a request costs: its weight among all of identity's, then one of its route's own rate. */
async function takeRate(limits: RateLimits, request: FastifyRequest): Promise<Taken> {
  const { rate } = request.routeOptions.config;
  if (rate === undefined) return { ok: true };
  const weighed = await limits.takeWeight(rate, request.source);
  if (!weighed.ok) return weighed;
  return limits.take(rate, RATES[rate].by === 'source' ? request.source : actorOf(request).userId);
}

function addRequestHooks(app: ApiApp, options: HttpAppOptions): void {
  const { context, limits } = options;
  const origins = allowedOrigins(context.config);
  const gate = { ...context, ...options.waysIn, origins, counts: options.counts ?? createAuthenticationCounts() };
  const proxies = trustedProxies(context.config.trustedProxies, context.config.trustedPeers ?? []);
  const isHttps = context.config.publicUrl.startsWith('https:');
  app.addHook('onRequest', async (request, reply) => {
    request.source = sourceAddress(request, proxies);
    reply.header('x-request-id', request.id);
    setSecurityHeaders(reply, isHttps);
    if (handleCors(request, reply, origins)) return reply;
    if (!(await passGate(gate, request, reply))) return reply;
    const taken = await takeRate(limits, request);
    return taken.ok ? undefined : refuseTooMany(reply, taken);
  });
  const idempotency = createIdempotency({ database: context.database, clock: context.clock, limits });
  app.addHook('preHandler', idempotency.before);
  app.addHook('onSend', idempotency.after);
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the address: ids and query strings are people's business.
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        userId: request.actor?.userId,
        traceId: traceIdOf(request.headers.traceparent),
        userAgent: safeText(request.headers['user-agent'] ?? ''),
      },
      'request',
    );
  });
}
