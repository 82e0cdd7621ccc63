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

/** Events that no test waits for by name, and what is looked at instead. */
const SEEN_OTHERWISE: Readonly<Record<string, string>> = {
  'token.subscription_issued': 'the same line of code as token.subscription_denied, which is waited for',
  'realtime.disconnected': 'the calls to the gateway are counted',
  'email.change_requested': 'the mails and the address are looked at',
  'email.confirmed': 'the address is looked at',
  'ratelimit.exceeded': 'the answers are looked at',
  'key.created': 'the rings are looked at',
  'key.promoted': 'the rings are looked at',
  'key.retired': 'the rings are looked at',
  'key.revoked': 'the rings are looked at',
};

/** Names that are put together: `key.` and what became of the key. */
const isPutTogether = (name: string, sources: string): boolean =>
  name.startsWith('key.') && sources.includes('`key.${change}`');

function sourcesOf(isTest: boolean): string {
  return readdirSync(packages, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules') && file.includes(`src${path.sep}`))
    .filter((file) => file.endsWith('.test.ts') === isTest && !/audit.(events|sampling)(\.test)?\.ts$/.test(file))
    .map((file) => readFileSync(path.join(packages, file), 'utf8'))
    .join('\n');
}

test('AUDIT_EVENTS: each is produced by the code and waited for in a test, or a list says why not', () => {
  const sources = sourcesOf(false);
  const isProduced = (name: string): boolean => sources.includes(`'${name}'`) || isPutTogether(name, sources);
  // The end of a session by its time has a test of its own.
  const unproduced = AUDIT_EVENTS.filter((name) => !isProduced(name) && name !== 'session.expired');
  assert.deepEqual([...unproduced].toSorted(), Object.keys(NOT_YET).toSorted());
  const tests = sourcesOf(true);
  const unseen = AUDIT_EVENTS.filter((name) => !tests.includes(`'${name}'`) && isProduced(name));
  assert.deepEqual(
    unseen.filter((name) => SEEN_OTHERWISE[name] === undefined),
    [],
  );
});
