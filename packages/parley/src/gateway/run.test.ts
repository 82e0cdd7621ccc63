import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEngineHost, readGatewayConfig, sharedEngine, systemClock } from '@parley/gateway';
import { pino } from 'pino';
import { runGateway } from './run.ts';

const refuse = () => ({ ok: false, problem: 'invalid', reason: 'none is good here' }) as const;

test('runGateway() lets nobody in before the engine has said all that a new process has to know', async (t) => {
  const read = readGatewayConfig({ http_server: { address: '127.0.0.1', port: 0 } });
  assert.ok(read.ok);
  const log = pino({ level: 'silent' });
  const host = createEngineHost({ clock: systemClock, random: Math.random, log });
  t.after(() => host.stop());
  const [ours, theirs] = duplexPair();
  const engine = sharedEngine({ stream: ours, log, onLost() {} });
  const tokens = { connection: refuse, subscription: refuse };
  let isRunning = false;
  const starting = runGateway({ config: read.config, tokens, log, version: '0', engine }).then((running) => {
    isRunning = true;
    return running;
  });
  await once(theirs, 'readable');
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  assert.equal(isRunning, false);
  host.accept(theirs, () => assert.fail('nobody hangs'));
  await (await starting).stop();
});
