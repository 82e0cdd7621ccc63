import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkImports } from './imports.ts';
import { parseSource } from './source.ts';

const manifests = new Map([
  ['', { dependencies: [], devDependencies: ['fast-check'] }],
  ['api', { dependencies: ['fastify', '@parley/tokens', '@parley/contract'], devDependencies: [] }],
  ['contract', { dependencies: ['zod'], devDependencies: [] }],
  ['tokens', { dependencies: [], devDependencies: [] }],
  ['gateway', { dependencies: ['ws'], devDependencies: [] }],
  ['web', { dependencies: [], devDependencies: ['react'] }],
]);

/** Checks some files, given as path → text, and returns `path message` for each finding. */
function find(files: Record<string, string>): string[] {
  const sources = Object.entries(files).map(([path, text]) => parseSource({ path, text }));
  return checkImports(sources, manifests).map((finding) => `${finding.path} ${finding.message}`);
}

const refusal = (path: string, text: string): string[] =>
  find({ [path]: text }).map((line) => line.slice(path.length + 1));

test('checkImports() accepts what the table allows', () => {
  const text = "import { verify } from '@parley/tokens'; import fastify from 'fastify'; import fs from 'node:fs';";
  assert.deepEqual(refusal('packages/api/src/a.ts', text), []);
  assert.deepEqual(refusal('packages/web/src/a.tsx', "import { useState } from 'react';"), []);
  assert.deepEqual(refusal('packages/api/src/a.test.ts', "import fc from 'fast-check';"), []);
  assert.deepEqual(refusal('e2e/a.test.ts', "import { verify } from '@parley/tokens';"), []);
});

test('checkImports() finds a forbidden package in every form of import', () => {
  const expected = ['tokens may not import contract: see the import table in docs/architecture.md'];
  for (const text of [
    "import { a } from '@parley/contract';",
    "import type { A } from '@parley/contract';",
    "import '@parley/contract';",
    "export { a } from '@parley/contract';",
    "export type { A } from '@parley/contract';",
    "const a = await import('@parley/contract');",
    "type A = import('@parley/contract').A;",
  ]) {
    assert.deepEqual(refusal('packages/tokens/src/a.ts', text), expected, text);
    assert.deepEqual(refusal('packages/tokens/src/a.test.ts', text), expected, `test: ${text}`);
  }
});

test('checkImports() finds reaching around the table by a relative path', () => {
  const expected = ['a package reaches no file outside of itself'];
  assert.deepEqual(refusal('packages/tokens/src/a.ts', "import { a } from '../../contract/src/a.ts';"), expected);
  assert.deepEqual(refusal('packages/tokens/src/a.ts', "import { a } from '../../../e2e/a.ts';"), expected);
  assert.deepEqual(refusal('bench/a.ts', "import { a } from '../packages/api/src/a.ts';"), []);
});

test('checkImports() finds dependencies that no manifest lists', () => {
  assert.deepEqual(refusal('packages/api/src/a.ts', "import ws from 'ws';"), ['ws is not listed in the manifest']);
  assert.deepEqual(refusal('packages/api/src/a.ts', "import fc from 'fast-check';"), [
    'fast-check is not listed in the manifest',
  ]);
  assert.deepEqual(refusal('bench/a.ts', "import ws from 'ws';"), []);
  assert.deepEqual(refusal('bench/a.ts', "import x from 'unheard-of';"), ['unheard-of is not listed in the manifest']);
  assert.deepEqual(refusal('packages/api/src/a.ts', "import fs from 'fs';"), ['write node:fs']);
});

test('checkImports() finds cycles, type imports included', () => {
  const cycle = (first: string, second: string): string[] =>
    find({
      'packages/api/src/a.ts': first,
      'packages/api/src/b.ts': second,
      'packages/api/src/c.ts': "import './a.ts';",
    });
  const expected = [
    'packages/api/src/a.ts import cycle: packages/api/src/a.ts → packages/api/src/b.ts → packages/api/src/a.ts',
  ];
  assert.deepEqual(cycle("import { b } from './b.ts';", "import type { A } from './a.ts';"), expected);
  assert.deepEqual(cycle("import { b } from './b.ts';", 'export const b = 1;'), []);
});

test('checkImports() finds broken rooms of the gateway', () => {
  const cases = [
    ['hub/hub.ts', '../operations/leave.ts', 'the hub, the engine and the pure rules know no room above them'],
    ['session/recovery.ts', '../commands/x.ts', 'the hub, the engine and the pure rules know no room above them'],
    [
      'commands/subscribe.ts',
      '../engine/memory/broker.ts',
      'only gateway.ts chooses an engine; ask for the interface in engine/*.ts',
    ],
    ['operations/leave.ts', '../commands/x.ts', 'operations stand below commands and transports'],
    ['commands/publish.ts', '../transports/websocket.ts', 'commands stand below transports'],
    [
      'session/session.ts',
      '../commands/dispatch.ts',
      'a session knows the transport interface, not transports, commands or operations',
    ],
    [
      'session/subscription.ts',
      '../operations/leave.ts',
      'a session knows the transport interface, not transports, commands or operations',
    ],
    ['tags-filter.ts', './operations/leave.ts', 'the hub, the engine and the pure rules know no room above them'],
    ...['backend/backend.ts', 'rate-limits/buckets.ts', 'revocations/store.ts'].map(
      (from) =>
        [
          from,
          '../session/session.ts',
          'what is asked of the application, and what is allowed, knows nothing of connections and channels',
        ] as const,
    ),
    ...['hooks/hooks.ts', 'shared-poll/cycles.ts', 'metrics/metrics.ts'].map(
      (from) =>
        [
          from,
          '../operations/leave.ts',
          'hooks, shared polls and metrics are told by others; they know no session',
        ] as const,
    ),
    [
      'server-api/calls.ts',
      '../commands/publish.ts',
      'the server API stands on operations, beside the commands of clients',
    ],
    ['transports/websocket.ts', '../gateway.ts', 'gateway.ts composes; nobody imports it'],
  ] as const;
  for (const [from, to, expected] of cases) {
    assert.deepEqual(refusal(`packages/gateway/src/${from}`, `import type { A } from '${to}';`), [expected], from);
  }
  assert.deepEqual(refusal('packages/gateway/src/gateway.ts', "import { a } from './engine/memory/broker.ts';"), []);
  assert.deepEqual(refusal('packages/gateway/src/hub/hub.test.ts', "import { a } from '../operations/leave.ts';"), []);
});

test('checkImports() finds broken rooms of the api', () => {
  const cases = [
    ['collaboration/rooms/policy.ts', './store.ts', 'a policy imports roles and other policies only'],
    ['collaboration/rooms/join.ts', '../messages/store.ts', "a domain asks another domain's policy, never its store"],
    ['collaboration/rooms/join.ts', './routes.ts', 'routes are registered by the composition only'],
    ['collaboration/rooms/store.ts', './routes.ts', 'a store knows the database, no routes and no delivery'],
    ['outbox/relay.ts', '../realtime/publisher.ts', 'only the composition chooses a publisher'],
    ['collaboration/rooms/join.ts', '../../db/testing/each.ts', 'the support of tests is imported by tests only'],
  ] as const;
  for (const [from, to, expected] of cases) {
    assert.deepEqual(refusal(`packages/api/src/${from}`, `import { a } from '${to}';`), [expected], from);
  }
  assert.deepEqual(
    refusal('packages/api/src/collaboration/rooms/policy.ts', "import { a } from '../messages/policy.ts';"),
    [],
  );
});
