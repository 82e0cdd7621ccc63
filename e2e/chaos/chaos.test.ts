// Proves that the delivery checker's judges notice what they are there to notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuditor } from './auditor.ts';
import { auditLog, compare, type Shown } from './comparison.ts';
import { createRandom } from './random.ts';
import { plant } from './wire.ts';

const feed = (seqs: readonly number[]) => {
  const auditor = createAuditor('c');
  auditor.subscribed('A', false);
  for (const seq of seqs) auditor.delivered({ eventId: `e${seq}`, seq, epoch: 'A' });
  return auditor.breaches().map((breach) => breach.kind);
};

test('createAuditor() accepts an unbroken run from any start', () => {
  assert.deepEqual(feed([7, 8, 9, 10]), []);
});

test('createAuditor() calls a gap lost, a repetition doubled and an exchange reordered', () => {
  assert.deepEqual(feed([1, 2, 4]), ['lost']);
  assert.deepEqual(feed([1, 2, 2, 3]), ['doubled']);
  assert.deepEqual(feed([1, 3, 2, 4]), ['lost', 'reordered']);
});

test('createAuditor() allows a repetition only in a new life of the stream and a gap only without recovery', () => {
  const auditor = createAuditor('c');
  auditor.subscribed('A', false);
  auditor.delivered({ eventId: 'e1', seq: 1, epoch: 'A' });
  auditor.subscribed('B', false);
  auditor.delivered({ eventId: 'e1', seq: 1, epoch: 'B' });
  auditor.subscribed('B', false);
  auditor.delivered({ eventId: 'e5', seq: 5, epoch: 'B' });
  assert.deepEqual(auditor.breaches(), []);
  auditor.subscribed('B', true);
  auditor.delivered({ eventId: 'e7', seq: 7, epoch: 'B' });
  assert.deepEqual(
    auditor.breaches().map((breach) => breach.kind),
    ['lost'],
  );
});

const row = (seq: number, change: Partial<Shown> = {}): Shown => ({
  id: `m${seq}`,
  seq,
  revision: seq,
  text: `t${seq}`,
  deleted: false,
  ...change,
});

test('compare() finds what is missing, stale, invented, doubled or out of order', () => {
  const stored = [row(1), row(2), row(3)];
  const kinds = (shown: Shown[]) => compare('c', stored, shown).map((breach) => breach.kind);
  assert.deepEqual(kinds([row(1), row(2), row(3)]), []);
  assert.deepEqual(kinds([row(2), row(3)]), []);
  assert.deepEqual(kinds([row(1), row(3)]), ['lost']);
  assert.deepEqual(kinds([row(1), row(2, { text: 'old' }), row(3)]), ['lost']);
  assert.deepEqual(kinds([row(1), row(2), row(3), row(4)]), ['lost']);
  assert.deepEqual(kinds([row(1), row(2), row(2), row(3)]), ['doubled']);
  assert.deepEqual(kinds([row(1), row(3), row(2)]), ['reordered']);
});

test('auditLog() finds an acknowledged send that is gone, one that is kept twice and a gap in the numbers', () => {
  const rows = [
    { seq: 1, clientMessageId: 'a' },
    { seq: 2, clientMessageId: 'b' },
  ];
  assert.deepEqual(auditLog('r', ['a', 'b'], rows), []);
  assert.equal(auditLog('r', ['a', 'c'], rows)[0]?.kind, 'lost');
  assert.equal(auditLog('r', [], [...rows, { seq: 3, clientMessageId: 'a' }])[0]?.kind, 'doubled');
  assert.equal(auditLog('r', [], [rows[1]!])[0]?.kind, 'lost');
});

test('plant() drops, doubles or swaps one publication in every n and leaves replies alone', () => {
  const pub = (n: number) => `{"push":{"channel":"c","pub":{"offset":${n}}}}`;
  const frame = ['{"id":1,"subscribe":{}}', pub(1), pub(2), pub(3)].join('\n');
  const run = (kind: 'drop' | 'double' | 'swap') => plant({ kind, every: 2 })(frame).split('\n').slice(1);
  assert.deepEqual(run('drop'), [pub(1), pub(3)]);
  assert.deepEqual(run('double'), [pub(1), pub(2), pub(2), pub(3)]);
  assert.deepEqual(run('swap'), [pub(1), pub(3), pub(2)]);
});

test('createRandom() repeats itself for the same seed only', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 8 }, () => random.below(1000));
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});
