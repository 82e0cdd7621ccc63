// Decides the OpenAPI document: made from the schemas that validate, with the problem answer on every operation.
import swagger from '@fastify/swagger';
import { Problem } from '@parley/contract';
import type { OpenAPIV3_1 } from 'openapi-types';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiApp } from './api-app.ts';

const PROBLEM_ANSWER = {
  description: 'A refusal or a fault. `code` is stable; `requestId` finds it in the log.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

function addProblemAnswers(document: OpenAPIV3_1.Document): void {
  for (const path of Object.values(document.paths ?? {}))
    for (const method of METHODS) {
      const responses = path?.[method]?.responses;
      if (responses !== undefined) responses['default'] = PROBLEM_ANSWER;
    }
}

/** Collects the routes that are added after it and serves `/openapi.json`. */
export function registerOpenApi(app: ApiApp, options: { publicUrl: string; version: string }): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Parley', version: options.version, description: 'Identity, rooms and messages.' },
      servers: [{ url: options.publicUrl }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform: (input) => {
      const made = jsonSchemaTransform(input);
      const isPublic = input.route.config?.access === 'public';
      return isPublic ? { ...made, schema: { ...made.schema, security: [] } } : made;
    },
  });
  app.register((scope, _options, done) => {
    // Made at the first request, when every route is known, and kept.
    const made: { text?: string } = {};
    scope.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) => {
      made.text ??= printDocument(app);
      return reply.type('application/json').send(made.text);
    });
    done();
  });
}

function printDocument(app: ApiApp): string {
  const document = app.swagger() as OpenAPIV3_1.Document;
  addProblemAnswers(document);
  const schemas = { ...document.components?.schemas, Problem: z.toJSONSchema(Problem) };
  return JSON.stringify({ ...document, components: { ...document.components, schemas } });
}
