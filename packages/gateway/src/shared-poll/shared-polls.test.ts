import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import type { Delivery } from '../hub/delivery.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import type { SharedPollCall, SharedPollGrant } from '../backend/backend.ts';
import type { PollMeter } from './poll-meter.ts';
import type { Tracker } from './poll-channel.ts';
import { SharedPolls } from './shared-polls.ts';

const settings = {
  proxy_name: 'default',
  refresh_interval: 1_000,
  refresh_batch_size: 2,
  max_keys_per_connection: 100,
  mode: 'versioned' as const,
  channel_shutdown_delay: 500,
  track_expired_extra_delay: 0,
  publish_enabled: true,
};

class Watcher implements Tracker {
  readonly got: string[] = [];
  lost = 0;
  deliverUpdate({ publication: { key, version, removed } }: Delivery): void {
    this.got.push(`${key} ${removed === true ? 'removed' : version}`);
  }
  lose(): void {
    this.lost += 1;
  }
}

function start(options: { concurrency?: number; versions?: Record<string, number> } = {}) {
  const clock = createFakeClock();
  const began = clock.now();
  const asked: string[] = [];
  const open: (() => void)[] = [];
  const versions = new Map(Object.entries(options.versions ?? {}));
  const state = { isHeld: false, isBroken: false, epoch: '', warnings: 0 };
  const answerTo = ({ items }: SharedPollCall): SharedPollGrant => ({
    epoch: state.epoch,
    items: items.flatMap(({ key }) => {
      const version = versions.get(key);
      return version === undefined ? [] : [{ key, version, data: rawJson({ version }) }];
    }),
  });
  const counted: unknown[][] = [];
  const meter: PollMeter = {
    elapsed: () => clock.now(),
    asked: (channel, { trigger, waitedMs, tookMs, items }) =>
      counted.push(['asked', channel, trigger, waitedMs, tookMs, items?.changed, items?.unchanged]),
    cycled: (channel, { tookMs, workedMs }) => counted.push(['cycled', channel, tookMs, workedMs]),
    told: (channel, updates) => counted.push(['told', channel, updates]),
    published: (channel, isNews) => counted.push(['published', channel, isNews]),
  };
  const polls = new SharedPolls<Watcher>({
    meter,
    clock,
    log: { debug() {}, info() {}, warn: () => (state.warnings += 1), error: () => assert.fail('nothing may throw') },
    concurrencyLimit: options.concurrency ?? 64,
    newEpoch: () => 'abcdefgh',
    backend: {
      async sharedPollRefresh(proxyName, question) {
        const keys = question.items.map(({ key, version }) => (version === 0 ? key : `${key}@${version}`));
        asked.push(`${clock.now() - began} ${proxyName} ${question.channel} ${keys.join(',')}`);
        if (state.isHeld) await new Promise<void>((resolve) => open.push(resolve));
        if (state.isBroken) throw new Error('no backend');
        return { ok: true, result: answerTo(question) };
      },
    },
  });
  const join = (): Watcher => {
    const watcher = new Watcher();
    polls.join('p', watcher, settings);
    return watcher;
  };
  const track = (watcher: Watcher, keys: string[], version = 0) =>
    polls.of('p')?.track(
      watcher,
      keys.map((key) => ({ key, version, expiresAt: undefined })),
      [],
    );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const tick = async (ms: number) => {
    clock.tick(ms);
    await settle();
  };
  return { polls, clock, asked, open, versions, state, counted, join, track, settle, tick };
}

test('a key that is new and unknown is asked for at once, others by the next cycle, in batches over the interval', async () => {
  const { asked, join, track, settle, tick } = start({ versions: { a: 1, b: 1, c: 9 } });
  const ann = join();
  track(ann, ['a', 'b']);
  track(ann, ['c'], 8);
  await settle();
  assert.deepEqual(asked, ['0 default p a,b']);
  assert.deepEqual(ann.got, ['a 1', 'b 1']);
  await tick(1_000);
  await tick(500);
  assert.deepEqual(asked.slice(1), ['1000 default p a@1,b@1', '1500 default p c']);
  assert.deepEqual(ann.got, ['a 1', 'b 1', 'c 9']);
});

test('many clients that want the same key at the same moment cost one call, and each gets it once', async () => {
  const { asked, open, state, join, track, settle } = start({ versions: { a: 3 } });
  state.isHeld = true;
  const watchers = Array.from({ length: 50 }, join);
  for (const watcher of watchers) track(watcher, ['a']);
  await settle();
  assert.equal(asked.length, 1);
  state.isHeld = false;
  open.shift()?.();
  await settle();
  assert.deepEqual(asked, ['0 default p a']);
  assert.deepEqual(
    watchers.map(({ got }) => got),
    Array.from({ length: 50 }, () => ['a 3']),
  );
});

test('who comes while a call is out that may not answer for them is asked for once more', async () => {
  const { asked, open, state, versions, join, track, settle } = start({ versions: {} });
  const ann = join();
  state.isHeld = true;
  track(ann, ['a']);
  await settle();
  const bob = join();
  track(bob, ['a']);
  state.isHeld = false;
  open.shift()?.();
  await settle();
  assert.deepEqual(asked, ['0 default p a', '0 default p a']);
  versions.set('a', 1);
  const cid = join();
  track(cid, ['a']);
  await settle();
  assert.deepEqual([ann.got, bob.got, cid.got], [['a 1'], ['a 1'], ['a 1']]);
});

test('at most so many calls run at once', async () => {
  const { asked, open, state, join, track, settle } = start({ concurrency: 2, versions: {} });
  const ann = join();
  state.isHeld = true;
  for (const key of ['a', 'b', 'c', 'd']) track(ann, [key]);
  await settle();
  assert.equal(asked.length, 2);
  open.shift()?.();
  await settle();
  assert.equal(asked.length, 3);
  state.isHeld = false;
  for (const go of open.splice(0)) go();
  await settle();
  assert.equal(asked.length, 4);
});

test('a slow backend is not asked in a new cycle before it answered in the one before', async () => {
  const { asked, open, state, join, track, settle, tick } = start({ versions: { a: 1 } });
  const ann = join();
  track(ann, ['a']);
  await settle();
  state.isHeld = true;
  for (let cycle = 0; cycle < 5; cycle += 1) await tick(1_000);
  assert.deepEqual(asked, ['0 default p a', '1000 default p a@1']);
  state.isHeld = false;
  open.shift()?.();
  await settle();
  await tick(1_000);
  assert.equal(asked.length, 3);
});

test('a backend that fails is asked again by the next cycle only, and nobody is told', async () => {
  const { asked, state, join, track, settle, tick } = start({ versions: { a: 1 } });
  const ann = join();
  state.isBroken = true;
  track(ann, ['a']);
  await settle();
  await tick(900);
  assert.deepEqual([asked.length, state.warnings, ann.got], [1, 1, []]);
  state.isBroken = false;
  await tick(100);
  assert.deepEqual(ann.got, ['a 1']);
});

test('who comes while a call fails waits for the next cycle, too', async () => {
  const { asked, open, state, join, track, settle, tick } = start({ versions: { a: 1 } });
  state.isHeld = true;
  const [ann, bob] = [join(), join()];
  track(ann, ['a']);
  await settle();
  track(bob, ['a']);
  state.isHeld = false;
  state.isBroken = true;
  open.shift()?.();
  await settle();
  assert.equal(asked.length, 1);
  state.isBroken = false;
  await tick(1_000);
  assert.deepEqual([ann.got, bob.got], [['a 1'], ['a 1']]);
});

test('another epoch makes everybody subscribe again, and what they track then is told from the beginning', async () => {
  const { polls, versions, state, join, track, settle, tick } = start({ versions: { a: 7 } });
  state.epoch = 'A';
  const [ann, bob] = [join(), join()];
  track(ann, ['a']);
  await settle();
  assert.deepEqual([ann.lost, bob.lost, polls.of('p')?.epoch], [1, 1, 'A']);
  const again = join();
  track(again, ['a']);
  await settle();
  assert.deepEqual([again.got, again.lost], [['a 7'], 0]);
  state.epoch = 'B';
  versions.set('a', 1);
  await tick(1_000);
  assert.deepEqual([again.got, again.lost, ann.lost, polls.of('p')?.epoch], [['a 7'], 1, 1, 'B']);
});

test('what nobody tracks is not asked for, and what was allowed for a time ends', async () => {
  const { polls, asked, clock, join, track, settle, tick } = start({ versions: { a: 1, b: 1 } });
  const ann = join();
  track(ann, ['a']);
  polls.of('p')?.track(ann, [{ key: 'b', version: 0, expiresAt: clock.now() + 5_000 }], ['a']);
  await settle();
  asked.length = 0;
  await tick(1_000);
  assert.deepEqual(asked, ['1000 default p b@1']);
  polls.of('p')?.expire(ann, clock.now() + 4_000 - 1);
  assert.equal(polls.keyCount, 1);
  polls.of('p')?.expire(ann, clock.now() + 4_000);
  assert.equal(polls.keyCount, 0);
  await tick(5_000);
  assert.equal(asked.length, 1);
});

test('a poll is forgotten a while after the last subscriber, unless somebody comes back', async () => {
  const { polls, asked, join, track, settle, tick } = start({ versions: { a: 1 } });
  const ann = join();
  track(ann, ['a']);
  await settle();
  polls.leave('p', ann);
  await tick(499);
  assert.equal(polls.channelCount, 1);
  const bob = join();
  await tick(1_000);
  assert.equal(polls.channelCount, 1);
  polls.leave('p', bob);
  polls.leave('p', bob);
  await tick(500);
  assert.equal(polls.channelCount, 0);
  await tick(5_000);
  assert.equal(asked.length, 1);
});

test('a removed key is told once and asked for no more', async () => {
  const { polls, join, track, settle, clock } = start({ versions: {} });
  const ann = join();
  track(ann, ['a'], 3);
  polls.of('p')?.publish({ key: 'a', version: 4, data: rawJson(1) }, '');
  assert.deepEqual(ann.got, ['a 4']);
  await settle();
  clock.tick(1);
  assert.equal(polls.of('p')?.countWith(ann, new Set(['b']), new Set()), 2);
  assert.equal(polls.of('p')?.countWith(ann, new Set(['b']), new Set(['a', 'b'])), 0);
  assert.equal(polls.of('p')?.countWith(new Watcher(), new Set(['b']), new Set()), undefined);
});

test('the meter hears of each question, each round, each update and each publication once', async () => {
  const { polls, clock, open, versions, state, counted, join, track, settle, tick } = start({
    versions: { a: 1, b: 1, c: 1 },
    concurrency: 1,
  });
  const [ann, bob] = [join(), join()];
  state.isHeld = true;
  track(ann, ['a', 'b']);
  track(bob, ['c']);
  clock.tick(20);
  open.shift()?.();
  await settle();
  clock.tick(30);
  state.isHeld = false;
  open.shift()?.();
  await settle();
  assert.deepEqual(counted, [
    ['told', 'p', 1],
    ['told', 'p', 1],
    ['asked', 'p', 'track', 0, 20, 2, 0],
    ['told', 'p', 1],
    ['asked', 'p', 'track', 20, 30, 1, 0],
  ]);
  counted.length = 0;
  versions.set('b', 2);
  await tick(950);
  await tick(500);
  assert.deepEqual(counted, [
    ['told', 'p', 1],
    ['asked', 'p', 'cycle', 0, 0, 1, 1],
    ['asked', 'p', 'cycle', 0, 0, 0, 1],
    ['cycled', 'p', 500, 0],
  ]);
  counted.length = 0;
  polls.of('p')?.publish({ key: 'a', version: 5, data: rawJson('new') }, '');
  polls.of('p')?.publish({ key: 'a', version: 4, data: rawJson('old') }, '');
  state.isBroken = true;
  await tick(500);
  assert.deepEqual(counted, [
    ['published', 'p', true],
    ['told', 'p', 1],
    ['published', 'p', false],
    ['asked', 'p', 'cycle', 0, 0, undefined, undefined],
    ['cycled', 'p', 0, 0],
  ]);
});
