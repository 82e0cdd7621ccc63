import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compress, frame, type Heard, opcodes, readFrames, unmasked } from './support/frames.ts';
import { readAnswer, talk, upgrade } from './support/wire.ts';
import { fuzz } from './support/fuzz.ts';
import { messageSizeLimit, startWorld, type World } from './support/world.ts';

/** Something that a client sends. `endsWith`: the code that the connection must end with. */
interface Step {
  bytes: Buffer;
  frames: number;
  replies?: number;
  pings?: number;
  endsWith?: number;
}

const { continuation, text, binary, close, ping, pong } = opcodes;
const command = '{"id":7,"rpc":{"data":{"t":"žluťoučký"}}}';
const mask = fc.integer({ min: 0, max: 0xffff_ffff });
const lengthBytes = fc.constantFrom(undefined, 2 as const, 8 as const);
const control = fc.uint8Array({ maxLength: 125 });
const brokenUtf8 = fc.constantFrom('ff', 'c0af', 'eda080', '7b22c3', 'f8888080').map((hex) => Buffer.from(hex, 'hex'));

/** A message in fragments, with pings between them. */
function fragments(payload: Buffer, cuts: readonly number[], opcode: number = text, reserved = 0): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (payload.length + 1)).toSorted((a, b) => a - b), payload.length];
  let from = 0;
  return ends.flatMap((end, index) => {
    const first = index === 0;
    const piece = frame({
      opcode: first ? opcode : continuation,
      payload: payload.subarray(from, end),
      fin: index === ends.length - 1,
      reserved: first ? reserved : 0,
    });
    from = end;
    return index === 0 ? [piece] : [frame({ opcode: ping, payload: Buffer.from('p') }), piece];
  });
}

const good = (isCompressed: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.tuple(mask, fc.constantFrom(text, binary), lengthBytes).map(([key, opcode, length]) => ({
      bytes: frame({ opcode, payload: Buffer.from(command), mask: key, ...(length && { lengthBytes: length }) }),
      frames: 1,
      replies: 1,
    })),
    fc.array(fc.nat(), { minLength: 1, maxLength: 12 }).map((cuts) => {
      const pieces = fragments(Buffer.from(command), cuts);
      return { bytes: Buffer.concat(pieces), frames: pieces.length, replies: 1, pings: (pieces.length - 1) / 2 };
    }),
    fc
      .tuple(control, mask)
      .map(([payload, key]) => ({ bytes: frame({ opcode: ping, payload, mask: key }), frames: 1, pings: 1 })),
    control.map((payload) => ({ bytes: frame({ opcode: pong, payload }), frames: 1 })),
    ...(isCompressed
      ? [
          fc.array(fc.nat(), { maxLength: 4 }).map((cuts) => {
            const pieces = fragments(compress(Buffer.from(command)), cuts, text, 0x40);
            return { bytes: Buffer.concat(pieces), frames: pieces.length, replies: 1, pings: (pieces.length - 1) / 2 };
          }),
        ]
      : []),
  );

const payloadOfClose = (code: number, reason: Uint8Array = Buffer.of()) =>
  Buffer.concat([Buffer.of(code >> 8, code & 255), reason]);

/** What is against RFC 6455, each with the code that it says. */
const protocolMistakes: fc.Arbitrary<Step> = fc.oneof(
  ...[
    fc.constantFrom(text, binary, ping, close).map((opcode) => unmasked({ opcode, payload: Buffer.from('{}') })),
    fc
      .constantFrom(0x20, 0x10, 0x30)
      .map((reserved) => frame({ opcode: text, payload: Buffer.from(command), reserved })),
    fc.constantFrom(ping, pong, close).map((opcode) => frame({ opcode, payload: Buffer.of(), reserved: 0x40 })),
    fc.constantFrom(3, 4, 5, 6, 7, 11, 12, 13, 14, 15).map((opcode) => frame({ opcode, payload: Buffer.of() })),
    control.map((payload) => frame({ opcode: continuation, payload })),
    fc
      .constantFrom(text, binary)
      .map((opcode) =>
        Buffer.concat([
          frame({ opcode: text, payload: Buffer.from('{'), fin: false }),
          frame({ opcode, payload: Buffer.from('}') }),
        ]),
      ),
    fc.constantFrom(ping, pong, close).map((opcode) => frame({ opcode, payload: Buffer.of(), fin: false })),
    fc.integer({ min: 126, max: 600 }).map((size) => frame({ opcode: ping, payload: Buffer.alloc(size) })),
    fc.constant(frame({ opcode: close, payload: Buffer.of(3) })),
    fc
      .oneof(
        fc.integer({ min: 0, max: 999 }),
        fc.constantFrom(1004, 1005, 1006, 1015, 2000, 2999),
        fc.integer({ min: 5000, max: 65535 }),
      )
      .map((code) => frame({ opcode: close, payload: payloadOfClose(code) })),
  ].map((bytes) => bytes.map((one) => ({ bytes: one, frames: 1, endsWith: 1002 }))),
  fc.tuple(brokenUtf8, fc.nat()).map(([payload, cut]) => {
    const pieces = fragments(payload, [cut]);
    return { bytes: Buffer.concat(pieces), frames: pieces.length, endsWith: 1007 };
  }),
  brokenUtf8.map((reason) => ({
    bytes: frame({ opcode: close, payload: payloadOfClose(1000, reason) }),
    frames: 1,
    endsWith: 1007,
  })),
);

const sizeMistakes = (isCompressed: boolean): fc.Arbitrary<Step> => {
  // Where compression was agreed, one bound holds before and after it: that for decompressed messages.
  const limit = isCompressed ? 10 * messageSizeLimit : messageSizeLimit;
  const huge = [0x1_0000n, 0x7fff_ffffn, 0xffff_ffffn, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n].filter(
    (size) => size > limit,
  );
  return fc.oneof<fc.Arbitrary<Step>[]>(
    fc.constantFrom(...huge).map((claimedLength) => ({
      bytes: frame({ opcode: text, payload: Buffer.of(), claimedLength }),
      frames: 1,
      endsWith: 1009,
    })),
    fc.integer({ min: 1, max: 500 }).map((more) => ({
      bytes: frame({ opcode: binary, payload: Buffer.alloc(limit + more, 'x') }),
      frames: 1,
      endsWith: 1009,
    })),
    fc.integer({ min: 2, max: 8 }).map((count) => {
      const pieces = fragments(
        Buffer.alloc(limit + 1, 'x'),
        Array.from({ length: count }, (_, at) => at * 300),
      );
      return { bytes: Buffer.concat(pieces), frames: pieces.length, endsWith: 1009 };
    }),
    ...(isCompressed
      ? [
          // A bomb: a few hundred bytes that unfold to a megabyte.
          fc.integer({ min: 21, max: 1_000 }).map((kilobytes) => ({
            bytes: frame({ opcode: text, payload: compress(Buffer.alloc(kilobytes * 1024, ' ')), reserved: 0x40 }),
            frames: 1,
            endsWith: 1009,
          })),
          fc.constantFrom('ffff', '07', '0000ffff00').map((hex) => ({
            bytes: frame({ opcode: text, payload: Buffer.from(hex, 'hex'), reserved: 0x40 }),
            frames: 1,
            endsWith: 1007,
          })),
        ]
      : [
          fc.constant({
            bytes: frame({ opcode: text, payload: Buffer.from(command), reserved: 0x40 }),
            frames: 1,
            endsWith: 1002,
          }),
        ]),
  );
};

/** Whole messages that mean nothing. */
const meaningless: fc.Arbitrary<Step> = fc.oneof(
  fc
    .oneof(
      fc.constantFrom(
        '',
        '\n',
        '{',
        'null',
        '[]',
        '{}',
        '{"id":1}',
        '{"id":-1,"rpc":{}}',
        '{"id":1e99,"rpc":{}}',
        '{"id":1,"connect":{}}',
      ),
      fc.string({ maxLength: 50 }).filter((words) => !words.startsWith('{')),
      fc.nat(1_000).map((depth) => '['.repeat(depth + 1)),
      fc.json().filter((json) => !json.startsWith('{')),
    )
    .map((words) => ({ bytes: frame({ opcode: text, payload: Buffer.from(words) }), frames: 1, endsWith: 3501 })),
  fc
    .uint8Array({ maxLength: 60 })
    .map((payload) => ({ bytes: frame({ opcode: binary, payload }), frames: 1, endsWith: 3501 })),
  fc.constant({
    bytes: frame({ opcode: text, payload: Buffer.from('{"send":{"data":1}}') }),
    frames: 1,
    endsWith: 3508,
  }),
  // More fragments than a message may have, whatever their size.
  fc.constant({
    bytes: Buffer.concat([
      frame({ opcode: text, payload: Buffer.of(), fin: false }),
      ...Array.from({ length: 17_000 }, () => frame({ opcode: continuation, payload: Buffer.of(), fin: false })),
    ]),
    frames: 1,
    endsWith: 1008,
  }),
);

const goodbye: fc.Arbitrary<Step> = fc
  .oneof(fc.constantFrom(1000, 1001, 1003, 1011), fc.integer({ min: 3000, max: 4999 }))
  // The codes that stand for mistakes here: whoever makes one gets all replies before, whoever leaves by himself does not wait for them.
  .filter((code) => code !== 3501 && code !== 3508)
  .map((code) => ({ bytes: frame({ opcode: close, payload: payloadOfClose(code) }), frames: 1, endsWith: code }));

interface Conversation {
  isCompressed: boolean;
  steps: Step[];
  last: Step;
  pieceBytes: number | undefined;
}

/** Who sends more pings at once than ws answers is cut off without a word: that is a flood. */
const isNoFlood = (steps: readonly Step[]): boolean => countOf(steps, 'pings') < 50;

const conversation: fc.Arbitrary<Conversation> = fc.boolean().chain((isCompressed) =>
  fc.record({
    isCompressed: fc.constant(isCompressed),
    steps: fc.array(good(isCompressed), { maxLength: 12 }).filter(isNoFlood),
    last: fc.oneof(
      { weight: 4, arbitrary: protocolMistakes },
      { weight: 2, arbitrary: sizeMistakes(isCompressed) },
      { weight: 3, arbitrary: meaningless },
      { weight: 2, arbitrary: goodbye },
    ),
    pieceBytes: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 64 })),
  }),
);

const deflate = 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover';
const hello = frame({ opcode: text, payload: Buffer.from('{"id":1,"connect":{}}') });

function opening({ isCompressed }: { isCompressed: boolean }): Buffer {
  return Buffer.concat([upgrade('/connection/websocket', isCompressed ? [deflate] : []), hello]);
}

function countOf(steps: readonly Step[], name: 'replies' | 'pings' | 'frames'): number {
  return steps.reduce((sum, step) => sum + (step[name] ?? 0), 0);
}

function hear(answer: Buffer): Heard {
  const { status, rest } = readAnswer(answer);
  assert.equal(status, 101);
  const heard = readFrames(rest);
  assert.deepEqual(heard.mistakes, []);
  return heard;
}

async function hold(world: World, talked: Conversation): Promise<number> {
  const { steps, last, pieceBytes } = talked;
  const bytes = Buffer.concat([opening(talked), ...steps.map((step) => step.bytes), last.bytes]);
  // Pieces of one byte each are for short talks.
  const size = pieceBytes === undefined || bytes.length > 4_000 ? undefined : pieceBytes;
  const heard = hear(await talk(world.port, { bytes, pieceBytes: size, ending: 'wait', isEnough: endsWithClose }));
  assert.equal(heard.closedWith, last.endsWith);
  if (last.endsWith === 3501 || last.endsWith === 3508) {
    const ids = heard.texts
      .join('\n')
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: number }).id);
    assert.deepEqual(ids, [1, ...Array<number>(countOf(steps, 'replies')).fill(7)]);
  }
  return 1 + countOf([...steps, last], 'frames');
}

function endsWithClose(answer: Buffer): boolean {
  return readFrames(readAnswer(answer).rest).closedWith !== undefined;
}

test('WebSocket frames: every mistake ends its connection with the documented code, after the replies to what was good', async (t) => {
  const world = await startWorld(t);
  t.diagnostic(`${await fuzz(world, conversation, { send: hold })} frames`);
});

const noise = fc.record({
  isCompressed: fc.boolean(),
  steps: fc.array(good(true), { maxLength: 6 }),
  bytes: fc.uint8Array({ maxLength: 300 }),
  cut: fc.nat(400),
  ending: fc.constantFrom('end' as const, 'break off' as const),
});
type Noise = typeof noise extends fc.Arbitrary<infer T> ? T : never;

async function speakNoise({ port }: World, talked: Noise): Promise<number> {
  const { steps, cut, ending } = talked;
  const all = Buffer.concat([...steps.map(({ bytes }) => bytes), talked.bytes]);
  const bytes = Buffer.concat([opening(talked), all.subarray(0, Math.max(all.length - cut, 0))]);
  const answer = await talk(port, { bytes, ending });
  // Whoever breaks off may go before the answer is there.
  if (answer.length > 0) {
    const { closedWith } = hear(answer);
    assert.ok(closedWith === undefined || /^(100[0-35789]|101[0-4]|[34]\d{3})$/.test(`${closedWith}`), `${closedWith}`);
  }
  return 1 + countOf(steps, 'frames');
}

test('WebSocket frames: random bytes end with a documented code or with the socket, wherever they break off', async (t) => {
  const world = await startWorld(t);
  t.diagnostic(`${await fuzz(world, noise, { send: speakNoise })} frames`);
});
