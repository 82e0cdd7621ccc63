// Checks that every event of the catalogue is produced somewhere, or stands in a list with who brings it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { AUDIT_EVENTS } from './events.ts';

const packages = path.resolve(import.meta.dirname, '../../..');

/** Events that nothing produces yet, and what brings them. */
const NOT_YET: Readonly<Record<string, string>> = {
  'webhook.accepted': 'integrations',
  'webhook.rejected': 'integrations',
  'webhook.duplicate': 'integrations',
  'config.changed': 'settings are read at start only',
  'user.deleted': 'accounts are disabled, not deleted',
};

/** Beginnings of names whose verbs belong to other parts of identity. */
const ELSEWHERE =
  /^(login|lockout|device|password|email|user|role|factor|recovery_code|provider|apikey|key)\.|^session\.expired$/;

function sourcesOf(isTest: boolean): string {
  return readdirSync(packages, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules') && file.includes(`src${path.sep}`))
    .filter((file) => file.endsWith('.test.ts') === isTest && !/audit.(events|sampling)(\.test)?\.ts$/.test(file))
    .map((file) => readFileSync(path.join(packages, file), 'utf8'))
    .join('\n');
}

test('AUDIT_EVENTS: each is produced by the code, or the list says why not', (t) => {
  const sources = sourcesOf(false);
  const silent = AUDIT_EVENTS.filter((name) => !sources.includes(`'${name}'`));
  const unknown = silent.filter((name) => NOT_YET[name] === undefined && !ELSEWHERE.test(name));
  assert.deepEqual(unknown, []);
  t.diagnostic(`not produced in this tree: ${silent.join(' ')}`);
  const tests = sourcesOf(true);
  t.diagnostic(`in no test: ${AUDIT_EVENTS.filter((name) => !tests.includes(`'${name}'`)).join(' ')}`);
  assert.deepEqual(
    Object.keys(NOT_YET).filter((name) => sources.includes(`'${name}'`)),
    [],
    'listed as missing, and produced',
  );
});
