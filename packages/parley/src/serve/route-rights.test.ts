// Proves that no endpoint is open by oversight.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRouteRights } from './route-rights.ts';

test('every endpoint is public by name or asks for a right of the table', async () => {
  const routes = await listRouteRights();
  assert.deepEqual(
    routes.filter(({ asks }) => asks === undefined),
    [],
  );
  const open = routes.filter(({ asks }) => asks === 'public').map(({ method, path }) => `${method} ${path}`);
  const expected = ['GET /livez', 'GET /v1/config', 'POST /v1/auth/login', 'POST /v1/auth/refresh', 'POST /v1/setup'];
  for (const route of expected) assert.ok(open.includes(route), route);
  const elsewhere =
    /^(GET \/(livez|readyz|health|openapi\.json|v1\/config)$|\w+ \/v1\/(auth\/|setup$|invitations\/lookup$))/;
  // Nothing else is open: whoever opens more says so here.
  assert.deepEqual(
    open.filter((route) => !elsewhere.test(route)),
    [],
  );
});
