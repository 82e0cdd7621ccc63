import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replyErrors } from '@parley/protocol';
import { anyRequest } from '../../packages/protocol/src/testing/arbitraries.ts';
import { fuzz } from './support/fuzz.ts';
import { plain } from './support/plain.ts';
import { converse, type Talked, ways } from './support/ways.ts';
import { startWorld, type World } from './support/world.ts';

type Command = Record<string, unknown>;

const names = fc.constantFrom('a', 'b', 'plain:a', 'map:a', 'rec:a', 'poll:a', 'no:a', '$a', 'a#x', 'a b', 'ž', '');
const data = fc.oneof(fc.jsonValue(), fc.constant({ text: 'what does not change '.repeat(6) }));
const keys = fc.constantFrom('k', 'l', 'm', '');
const position = {
  recover: fc.boolean(),
  recoverable: fc.boolean(),
  positioned: fc.boolean(),
  offset: fc.nat(5),
  epoch: fc.constantFrom('', 'x'),
};
const leaf = fc.record(
  { key: fc.constantFrom('k', ''), cmp: fc.constantFrom('eq', 'ex', 'lt', 'x'), val: fc.constantFrom('1', '') },
  { requiredKeys: [] },
);
const filter = fc.oneof(
  leaf,
  fc.record({ op: fc.constantFrom('and', 'or', 'not', 'x'), nodes: fc.array(leaf, { maxLength: 3 }) }),
);
const channel = names;

// What comes far: commands that name channels of every kind and are nearly right.
const request: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    subscribe: fc.record(
      {
        channel,
        ...position,
        delta: fc.constantFrom('', 'fossil'),
        type: fc.constantFrom(0, 0, 1, 1, 4, 9),
        phase: fc.constantFrom(0, 0, 1, 2, 3),
        limit: fc.constantFrom(0, 2, -1),
        join_leave: fc.boolean(),
        flag: fc.constantFrom(0, 2),
        tf: filter,
        cursor: fc.constantFrom('', 'k', 'x'),
        asc: fc.boolean(),
      },
      { requiredKeys: ['channel'] },
    ),
  }),
  fc.record({ subscribe: fc.record({ channel, delta: fc.constantFrom('', 'fossil'), recoverable: fc.boolean() }) }),
  fc.constantFrom('map:a', 'rec:a').chain((name) =>
    fc.record({
      subscribe: fc.record({
        channel: fc.constant(name),
        type: fc.constant(1),
        phase: fc.constantFrom(0, 2),
        delta: fc.constantFrom('', 'fossil'),
      }),
    }),
  ),
  fc.record({ publish: fc.record({ channel, data }) }),
  fc.record({
    publish: fc.record({
      channel: fc.constantFrom('map:a', 'rec:a'),
      data,
      type: fc.constant(1),
      key: keys,
      removed: fc.boolean(),
    }),
  }),
  fc.record({
    history: fc.record(
      {
        channel,
        limit: fc.integer({ min: -1, max: 5 }),
        reverse: fc.boolean(),
        since: fc.record({ offset: fc.nat(3), epoch: fc.constant('') }),
      },
      { requiredKeys: ['channel'] },
    ),
  }),
  ...(['unsubscribe', 'presence', 'presence_stats'] as const).map((name) =>
    fc.record({ [name]: fc.record({ channel }) }),
  ),
  fc.record({ rpc: fc.record({ data }) }),
  fc.record({
    sub_refresh: fc.record(
      { channel, type: fc.constantFrom(0, 1, 2), token: fc.constant(''), untrack: fc.array(keys, { maxLength: 2 }) },
      { requiredKeys: ['channel'] },
    ),
  }),
);

const wild = anyRequest.filter((one) => JSON.stringify(one).length < 1_000 && !('connect' in one) && !('send' in one));
const ending = fc.constantFrom<Command>(
  { connect: {} },
  { send: { data: 1 } },
  {},
  { refresh: { token: 'x' } },
  { ping: {} },
);
const command = fc.oneof(
  { weight: 20, arbitrary: request },
  { weight: 5, arbitrary: wild },
  { weight: 1, arbitrary: ending },
);
const conversation = fc.array(fc.array(command, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 10 });

/** Channels of one talk, so that no other has anything to do with them; of equal length in all. */
function inChannelsOf(frames: readonly Command[][], mark: string): object[][] {
  let id = 1;
  return frames.map((commands) =>
    commands.map((one) => {
      id += 1;
      return { id, ...(mapChannels(one, mark) as object) };
    }),
  );
}

function mapChannels(value: unknown, mark: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (typeof member === 'object' && member !== null && 'channel' in member && typeof member.channel === 'string') {
        return [name, { ...member, channel: member.channel === '' ? '' : member.channel + mark }];
      }
      return [name, member];
    }),
  );
}

const documented = new Set<number>(Object.values(replyErrors).map(({ code }) => code));
documented.delete(replyErrors.internal.code);
const mayEndWith = new Set([undefined, 3500, 3501, 3508, 3010, 1000]);

function seen({ replies, endedWith }: Talked, mark: string): unknown[] {
  for (const { error } of replies) {
    if (error !== undefined && error !== null)
      assert.ok(documented.has((error as { code: number }).code), JSON.stringify(error));
  }
  assert.ok(mayEndWith.has(endedWith), `ended with ${endedWith}`);
  // Presence has client ids as keys.
  const text = JSON.stringify(replies.map(plain))
    .replaceAll(mark, '')
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'id');
  const unmarked = JSON.parse(text) as unknown[];
  return [...unmarked, { endedWith }];
}

// Commands of this kind take a hundred times as long as frames, on five ways.
const share = 1 / 20;

test('commands: every way gives the same replies and pushes, only documented errors, and the same end', async (t) => {
  const world = await startWorld(t);
  let talks = 0;
  const send = async ({ port }: World, frames: Command[][]): Promise<number> => {
    const results = await Promise.all(
      ways.map(async (way) => {
        talks += 1;
        const mark = `-${String(talks).padStart(9, '0')}`;
        return [way.name, seen(await converse(port, way, inChannelsOf(frames, mark)), mark)] as const;
      }),
    );
    const [first] = results;
    for (const [name, result] of results) assert.deepEqual(result, first?.[1], name);
    return ways.length * (frames.length + 2);
  };
  t.diagnostic(`${await fuzz(world, conversation, { send, share })} frames in ${talks} connections`);
});
