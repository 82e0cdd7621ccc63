import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import fc from 'fast-check';
import { Delivery } from '../hub/delivery.ts';
import { Message } from '../hub/message.ts';
import { jsonOverWebSocket } from '../transports/websocket-frames.ts';
import { Subscription, type SubscriptionTraits } from './subscription.ts';

const traits: SubscriptionTraits = {
  channel: 'c',
  origin: 'client',
  hasPresence: false,
  emitsJoinLeave: false,
  wantsJoinLeave: false,
  isPositioned: true,
  isRecoverable: true,
  metaTtlMs: 1000,
  usesDelta: false,
  filter: undefined,
  maxLagMs: 0,
  isRefreshedByBackend: false,
};

function dataOf(payload: Buffer): string {
  return /"data":([^,}]*)/.exec(payload.toString())?.[1] ?? payload.toString();
}

function start(changed: Partial<SubscriptionTraits> = {}, maxHeldBytes = 1000) {
  const delivered: string[] = [];
  const events: string[] = [];
  const owner = {
    format: jsonOverWebSocket,
    push: ({ payload }: Message) => void delivered.push(dataOf(payload)),
    positionLost: () => void events.push('lost'),
    tooSlow: () => void events.push('slow'),
    unencodable: () => void events.push('unencodable'),
  };
  const subscription = new Subscription(owner, { ...traits, ...changed }, maxHeldBytes);
  const deliver = (offset: number, epoch = 'e'): void =>
    subscription.deliver(new Delivery('c', { publication: { data: rawJson(offset), offset }, epoch, lagMs: 0 }));
  return { subscription, deliver, delivered, events };
}

test('Subscription holds what arrives before the reply and delivers it after, without what the reply contained', () => {
  const { subscription, deliver, delivered } = start();
  for (const offset of [4, 5, 6]) deliver(offset);
  assert.deepEqual(
    subscription.arrivals.map(({ publication }) => publication.offset),
    [4, 5, 6],
  );
  subscription.settle({ offset: 5, epoch: 'e' });
  deliver(7);
  assert.deepEqual(delivered, []);
  subscription.start();
  deliver(8);
  assert.deepEqual(delivered, ['6', '7', '8']);
});

test('Subscription: whatever arrives, what is delivered continues the position gaplessly, and a gap is reported once', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.nat(12), { maxLength: 30 }), fc.nat(30), (from, offsets, startAt) => {
      const { subscription, deliver, delivered, events } = start();
      subscription.settle({ offset: from, epoch: 'e' });
      offsets.forEach((offset, index) => {
        if (index === startAt) subscription.start();
        deliver(offset);
      });
      subscription.start();
      const inStream = delivered.map(Number).filter((offset) => offset > 0);
      assert.deepEqual(
        inStream,
        inStream.map((_, index) => from + 1 + index),
      );
      const next = from + inStream.length + 1;
      const hasGap = offsets.some((offset, index) => {
        const known = offsets.slice(0, index).filter((one) => one > from);
        return offset > Math.max(from, ...known.filter((one) => one < next)) + 1;
      });
      if (events.length > 0) assert.deepEqual([events, hasGap], [['lost'], true]);
      if (!hasGap) assert.equal(delivered.length, inStream.length + offsets.filter((offset) => offset === 0).length);
    }),
  );
});

test('Subscription takes another epoch as a loss, and adopts one if it knows none', () => {
  const other = start();
  other.subscription.settle({ offset: 1, epoch: 'e' });
  other.subscription.start();
  other.deliver(2, 'f');
  assert.deepEqual([other.delivered, other.events], [[], ['lost']]);
  other.deliver(3, 'e');
  assert.deepEqual(other.delivered, []);

  const unknown = start();
  unknown.subscription.settle({ offset: 0, epoch: '' });
  unknown.subscription.start();
  unknown.deliver(1, 'f');
  assert.deepEqual([unknown.delivered, unknown.subscription.position], [['1'], { offset: 1, epoch: 'f' }]);
});

test('Subscription without positions delivers everything', () => {
  const { subscription, deliver, delivered } = start({ isPositioned: false });
  deliver(9);
  subscription.start();
  for (const offset of [3, 0, 3]) deliver(offset);
  assert.deepEqual(delivered, ['9', '3', '0', '3']);
});

test('Subscription does not hold more than it may', () => {
  const { subscription, deliver, delivered, events } = start({}, 3);
  for (const offset of [1, 2, 3, 4]) deliver(offset);
  subscription.start();
  assert.deepEqual([events, delivered], [['slow'], []]);
});

test('Subscription shows joins and leaves only to who wants them and is live', () => {
  for (const [wantsJoinLeave, expected] of [
    [true, ['join']],
    [false, []],
  ] as const) {
    const { subscription, delivered } = start({ wantsJoinLeave });
    subscription.deliverPresence(new Message(Buffer.from('before')));
    subscription.start();
    subscription.deliverPresence(new Message(Buffer.from('join')));
    subscription.end();
    subscription.deliverPresence(new Message(Buffer.from('after')));
    assert.deepEqual(delivered, expected);
  }
});
