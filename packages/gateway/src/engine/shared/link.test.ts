import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { until } from '../../testing/once.ts';
import { type LinkEnd, openLink } from './link.ts';

test('openLink() hands messages over in order and in turn, however the stream cuts them', async (t) => {
  const [ours, theirs] = duplexPair({ readableHighWaterMark: 7 });
  const seen: unknown[] = [];
  const link = openLink<unknown, unknown>(ours, { onMessage() {}, onEnd() {} });
  openLink<unknown, unknown>(theirs, { onMessage: (message) => void seen.push(message), onEnd() {} });
  t.after(() => link.close());
  const sent = Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat((n * 37) % 500) }));
  for (const message of sent) {
    link.send(message);
    if (message.n % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until('all came', () => seen.length === sent.length);
  assert.deepEqual(seen, sent);
});

test('openLink() gives up a process that does not read, before more waits for it than may', async () => {
  const [ours] = duplexPair({ allowHalfOpen: true });
  const ends: LinkEnd[] = [];
  const link = openLink<unknown, string>(ours, { onMessage() {}, onEnd: (end) => void ends.push(end) }, 1_000_000);
  let sent = 0;
  while (ends.length === 0 && sent < 5_000) {
    link.send('x'.repeat(1_000));
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent > 900 && sent < 1_200, String(sent));
  assert.deepEqual(ends, [{ name: 'stuck', reason: 'the other process does not read' }]);
  assert.equal(ours.destroyed, true);
  link.send('nobody hears it');
  link.close();
  assert.equal(ends.length, 1);
});
