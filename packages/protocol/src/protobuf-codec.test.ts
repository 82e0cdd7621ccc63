import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Incoming } from './commands.ts';
import { jsonCodec } from './json-codec.ts';
import { protobufCodec } from './protobuf-codec.ts';
import { readProtobufEmulation } from './protobuf-decode.ts';
import { rawJson } from './raw-json.ts';
import type { Push } from './replies.ts';
import { anyPush, anyReply, anyRequest } from './testing/arbitraries.ts';
import {
  jsonToPlain,
  officialCodec,
  officialFromJson,
  officialToPlain,
  type OfficialMessage,
} from './testing/official-codec.ts';
import { golden, pushes, replies } from './testing/samples.ts';

// How long the fuzzing runs: 1,000,000 for a night.
const fuzzRuns = Number(process.env['PARLEY_FUZZ_RUNS'] ?? 2_000);

function decode(hex: string): Incoming[] {
  return [...protobufCodec.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))];
}

/** A message behind its length. */
function sized(hex: string): string {
  const digits = hex.replaceAll(' ', '');
  return (digits.length / 2).toString(16).padStart(2, '0') + digits;
}

function namesOf(hex: string): string[] {
  return decode(hex).map(({ name }) => name);
}

// Payloads as text, maps as lists, objects with a prototype: what both encodings can be compared in.
function comparable(incoming: Iterable<Incoming>): unknown {
  const text = JSON.stringify([...incoming], (_name, value: unknown) => {
    if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
    return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  });
  return JSON.parse(
    text.replaceAll(/\{"type":"Buffer","data":\[([\d,]*)\]\}/g, (_match, bytes: string) =>
      JSON.stringify(Buffer.from(bytes.split(',').map(Number)).toString()),
    ),
  );
}

test('protobufCodec.encodeReply() writes the bytes of golden/replies-protobuf.txt, which the official codec made', () => {
  const lines = golden('replies-protobuf.txt');
  assert.deepEqual(
    lines.map(([name]) => name),
    Object.keys(replies),
  );
  for (const [name, hex] of lines) assert.equal(protobufCodec.encodeReply(replies[name]!)?.toString('hex'), hex, name);
});

test('protobufCodec.encodePush() writes the bytes of golden/pushes-protobuf.txt, which the official codec made', () => {
  const lines = golden('pushes-protobuf.txt');
  assert.deepEqual(
    lines.map(([name]) => name),
    Object.keys(pushes),
  );
  for (const [name, hex] of lines) assert.equal(protobufCodec.encodePush(pushes[name]!)?.toString('hex'), hex, name);
});

test('protobufCodec.decode() reads each frame of golden/commands-protobuf.txt as written beside it', () => {
  for (const [hex, expected] of golden('commands-protobuf.txt')) {
    assert.deepEqual(comparable(decode(hex)), [JSON.parse(expected)], expected);
  }
});

test('golden frames in Protobuf say what the golden lines in JSON say', () => {
  for (const kind of ['replies', 'pushes']) {
    const json = golden(`${kind}.txt`);
    for (const [index, [name, hex]] of golden(`${kind}-protobuf.txt`).entries()) {
      assert.equal(json[index]![0], name);
      const [message] = officialCodec.decodeReplies(Buffer.from(hex, 'hex'));
      assert.deepEqual(officialToPlain(message), jsonToPlain(JSON.parse(json[index]![1])), name);
    }
  }
});

test('protobufCodec.encodeReply() is read by the official codec as jsonCodec.encodeReply() is as JSON', () => {
  fc.assert(
    fc.property(anyReply, (reply) => {
      const [message] = officialCodec.decodeReplies(protobufCodec.encodeReply(reply)!);
      assert.deepEqual(officialToPlain(message), jsonToPlain(JSON.parse(jsonCodec.encodeReply(reply)!.toString())));
    }),
    { numRuns: 500 },
  );
});

test('protobufCodec.encodePush() is read by the official codec as jsonCodec.encodePush() is as JSON', () => {
  fc.assert(
    fc.property(anyPush, (push) => {
      const [message] = officialCodec.decodeReplies(protobufCodec.encodePush(push)!);
      assert.deepEqual(officialToPlain(message), jsonToPlain(JSON.parse(jsonCodec.encodePush(push)!.toString())));
    }),
    { numRuns: 500 },
  );
});

test('protobufCodec.decode() reads what the official codec writes as jsonCodec.decode() reads the same in JSON', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), anyRequest, (id, request) => {
      const json = JSON.stringify({ id, ...request });
      const frame = Buffer.from(officialCodec.encodeCommands([officialFromJson(json)]));
      assert.deepEqual(comparable(protobufCodec.decode(frame)), comparable(jsonCodec.decode(Buffer.from(json))));
    }),
    { numRuns: 1_000 },
  );
});

test('protobufCodec carries any bytes as data in both directions', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (data) => {
      const push: Push = { name: 'pub', channel: 'x', pub: { data, offset: 1, info: { user: '', client: 'c' } } };
      const [message] = officialCodec.decodeReplies(protobufCodec.encodePush(push)!) as [{ push: OfficialMessage }];
      assert.deepEqual({ ...(message.push['pub'] as OfficialMessage) }['data'], data);
      const frame = Buffer.from(officialCodec.encodeCommands([{ id: 1, rpc: { data } }]));
      const [command] = protobufCodec.decode(frame);
      assert.deepEqual(command, { id: 1, name: 'rpc', request: { method: '', data: new Uint8Array(data) } });
    }),
  );
});

test('protobufCodec.encodePush() writes messages of any size, and a small one after a large one', () => {
  const small: Push = { name: 'message', data: rawJson(1) };
  const expected = protobufCodec.encodePush(small);
  for (const length of [16_360, 16_380, 16_384, 40_000, 1_000_000]) {
    const push: Push = { name: 'message', data: rawJson('ü'.repeat(length)) };
    const [message] = officialCodec.decodeReplies(protobufCodec.encodePush(push)!);
    assert.deepEqual(officialToPlain(message), { push: { message: { data: 'ü'.repeat(length) } } });
    assert.deepEqual(protobufCodec.encodePush(small), expected);
  }
});

const connect = sized('0801 2200');

test('protobufCodec.decode() reads several commands, and pongs between them', () => {
  assert.deepEqual(namesOf(`00 ${connect} 00 ${sized('2a00')} ${sized(`0805 32 ${sized('0a0178')}`)}`), [
    'pong',
    'connect',
    'pong',
    'pong',
    'unsubscribe',
  ]);
});

test('protobufCodec.decode() yields malformed for what it cannot read', () => {
  for (const [name, hex] of Object.entries({
    'empty frame': '',
    'length without message': '04',
    'message shorter than its length': '05 0801 2200',
    'length that does not end': '8080',
    'length of 2^64 - 1': 'ffffffffffffffffff01 00',
    'length of eleven bytes': '8080808080808080808000',
    'id without value': sized('08'),
    'id that does not end in its message': `${sized('0881')} 00`,
    'id of eleven bytes': sized('08 8180808080808080808000 2200'),
    'id above 64 bits': sized('08 81808080808080808002 2200'),
    'id above 32 bits': sized('08 8080808010 2200'),
    'id as bytes': sized('0a0101 2200'),
    'id without request': sized('0801'),
    'unused ping': sized('0801 5a00'),
    'field number 0': sized('0801 2200 0200'),
    'field number above 2^29': sized('0801 2200 8080808010 00'),
    'request as varint': sized('0801 2001'),
    'request longer than its command': `${sized('0801 2201')} 00`,
    'channel as varint': sized(`0801 32 ${sized('0801')}`),
    'channel longer than its request': sized(`0801 32 ${sized('0a02 61')} 61`),
    'channel that is not UTF-8': sized(`0801 32 ${sized('0a01ff')}`),
    'channel with half a surrogate': sized(`0801 32 ${sized('0a03eda080')}`),
    'offset of 2^53': sized(`0801 2a ${sized('38 8080808080808010')}`),
    'offset of -1': sized(`0801 2a ${sized('38 ffffffffffffffffff01')}`),
    'flag of -2^53': sized(`0801 2a ${sized('70 80808080808080f0ff01')}`),
    'flag of 2^63 - 1': sized(`0801 2a ${sized('70 ffffffffffffffff7f')}`),
    group: sized('0801 2200 1b 1c'),
    'end of a group': sized('0801 2200 1c'),
    'unknown fixed64 that is cut': sized('0801 2200 1901'),
    'unknown fixed32 that is cut': sized('0801 2200 1d010203'),
    'unknown bytes that are cut': sized('0801 2200 1a0201'),
    'unknown varint above 64 bits': sized('0801 2200 18 81808080808080808002'),
    'wire type 6': sized('0801 2200 1e'),
    'request that loses against another': sized(`0801 2200 32 ${sized('0a01ff')}`),
  })) {
    assert.deepEqual(namesOf(hex), ['malformed'], name);
    assert.deepEqual(namesOf(`${connect} ${hex} ${connect}`)[0], 'connect', name);
  }
});

test('protobufCodec.decode() ends after the first malformed command', () => {
  for (const hex of [sized('0801'), sized('08 8080808010 2200'), sized('0801 2001')]) {
    assert.deepEqual(namesOf(`${connect} ${hex} ${connect}`), ['connect', 'malformed'], hex);
  }
});

test('protobufCodec.decode() reads whole numbers to their ends', () => {
  const subscribe = (fields: string): unknown => {
    const [command] = decode(sized(`0801 2a ${sized(fields)}`));
    assert.ok(command?.name === 'subscribe');
    const { flag, limit, position, asc } = command.request;
    return { flag, limit, offset: position.offset, asc };
  };
  const zero = { flag: 0, limit: 0, offset: 0, asc: false };
  assert.deepEqual(subscribe('38 ffffffffffffff0f'), { ...zero, offset: 2 ** 53 - 1 });
  assert.deepEqual(subscribe('70 ffffffffffffff0f'), { ...zero, flag: 2 ** 53 - 1 });
  assert.deepEqual(subscribe('70 81808080808080f0ff01'), { ...zero, flag: -(2 ** 53) + 1 });
  assert.deepEqual(subscribe('9001 80808080f8ffffffff01'), { ...zero, limit: -(2 ** 31) });
  assert.deepEqual(subscribe('9001 ffffffff07'), { ...zero, limit: 2 ** 31 - 1 });
  assert.deepEqual(subscribe('9001 ffffffff0f'), { ...zero, limit: -1 }, 'proto3: 64 bits are cut to 32');
  assert.deepEqual(subscribe('9001 8000'), zero, 'a longer form than needed');
  assert.deepEqual(subscribe('9801 80808080808080808001'), { ...zero, asc: true }, 'any bit makes a bool true');
});

test('protobufCodec.decode() passes over fields that it does not know, of every wire type but groups', () => {
  const unknown = '98f701 8180808080808080 8001 99f701 0102030405060708 9af701 02 ffff 9df701 01020304';
  const hex = sized(`0801 ${unknown} 32 ${sized(`${unknown} 0a0178`)} ${unknown}`);
  assert.deepEqual(decode(hex), [{ id: 1, name: 'unsubscribe', request: { channel: 'x' } }]);
});

test('protobufCodec.decode() takes the last of equal scalars and merges equal messages, as proto3 says', () => {
  const publish = sized(`0801 3a ${sized('0a0178 2801')} 0802 3a ${sized('0a0179 120131')}`);
  assert.deepEqual(decode(publish), [
    {
      id: 2,
      name: 'publish',
      request: { channel: 'y', data: new Uint8Array([0x31]), type: 0, key: '', removed: true },
    },
  ]);
  const history = sized(`0801 52 ${sized('42020805')} 52 ${sized('4203120165')}`);
  assert.deepEqual(decode(history), [
    {
      id: 1,
      name: 'history',
      request: { channel: '', limit: 0, since: { offset: 5, epoch: 'e' }, reverse: false },
    },
  ]);
  const [subscribe] = decode(sized(`0801 2a ${sized('6a 03 0a0161')} 2a ${sized('6a 05 1a0162 3200')}`));
  assert.ok(subscribe?.name === 'subscribe');
  const leaf = { op: '', key: '', cmp: '', val: '', vals: [], nodes: [] };
  assert.deepEqual(subscribe.request.tf, { ...leaf, op: 'a', cmp: 'b', nodes: [leaf] });
});

test('protobufCodec.decode() lets the first request in the order of commands win, wherever it stands', () => {
  const bodies = { connect: '22', subscribe: '2a', publish: '3a', history: '52', rpc: '6a', send: '62', refresh: '72' };
  const entries = Object.entries(bodies);
  for (const [rank, [name, tag]] of entries.entries()) {
    for (const [, loser] of entries.slice(rank + 1)) {
      assert.deepEqual(namesOf(sized(`0801 ${tag}00 ${loser}00`)), [name]);
      assert.deepEqual(namesOf(sized(`0801 ${loser}00 ${tag}00 ${loser}00`)), [name]);
    }
  }
});

test('protobufCodec.decode() gives entries of maps their zero values, and the last of equal keys', () => {
  const header = (fields: string): string => `32 ${sized(fields)}`;
  const [headers] = decode(
    sized(`0801 22 ${sized(`${header('0a0161 120131')} ${header('')} ${header('120133 0a0161')}`)}`),
  );
  assert.ok(headers?.name === 'connect');
  assert.deepEqual({ ...headers.request.headers }, { a: '3', '': '' });
  const proto = `0a09${Buffer.from('__proto__').toString('hex')} 120131`;
  const [hostile] = decode(sized(`0801 22 ${sized(header(proto))}`));
  assert.ok(hostile?.name === 'connect');
  assert.deepEqual(Object.entries(hostile.request.headers!), [['__proto__', '1']]);
  const [subs] = decode(sized(`0801 22 ${sized(`1a 03 0a0161 1a ${sized('1202 1801 1202 3805 0a0162')}`)}`));
  assert.ok(subs?.name === 'connect');
  assert.deepEqual(
    [...subs.request.subs],
    [
      ['a', { recover: false, position: { offset: 0, epoch: '' }, delta: '' }],
      ['b', { recover: true, position: { offset: 5, epoch: '' }, delta: '' }],
    ],
  );
});

test('protobufCodec.decode() reads filters as deep as jsonCodec.decode() does, and no deeper', () => {
  for (const depth of [1, 31, 32, 33, 200]) {
    let tf: object = { key: 'k' };
    for (let level = 1; level < depth; level += 1) tf = { op: 'not', nodes: [tf] };
    const frame = Buffer.from(officialCodec.encodeCommands([{ id: 1, subscribe: { channel: 'x', tf } }]));
    const [command] = protobufCodec.decode(frame);
    assert.equal(command?.name, depth <= 32 ? 'subscribe' : 'malformed', `${depth}`);
    const [inJson] = jsonCodec.decode(Buffer.from(JSON.stringify({ id: 1, subscribe: { channel: 'x', tf } })));
    assert.equal(inJson?.name, command?.name, `${depth}`);
  }
});

test('protobufCodec.decode() shares payloads with the frame, but does not keep a large frame for a small one', () => {
  const read = (size: number): Uint8Array => {
    const commands = [
      { id: 1, rpc: { data: Buffer.alloc(size, 1) } },
      { id: 2, rpc: { data: Buffer.alloc(3_000) } },
    ];
    const frame = Uint8Array.from(officialCodec.encodeCommands(commands));
    const [command] = protobufCodec.decode(Buffer.from(frame.buffer));
    assert.ok(command?.name === 'rpc' && command.request.data instanceof Uint8Array);
    return command.request.data;
  };
  assert.ok(read(2_000).buffer.byteLength > 5_000);
  assert.equal(read(200).buffer.byteLength, 200);
});

test('protobufCodec.deltaData() leaves payloads as they are', () => {
  const data = new Uint8Array([1]);
  assert.equal(protobufCodec.deltaData(data), data);
  assert.equal(protobufCodec.deltaData(rawJson('x')), '"x"');
  assert.equal(protobufCodec.deltaData(undefined), undefined);
});

test('readProtobufEmulation() reads what the official codec posts, and refuses what is cut', () => {
  const request = { node: 'n', session: 's', data: Buffer.from('040801', 'hex') };
  const body = Buffer.from(officialCodec.encodeEmulationRequest(request));
  assert.deepEqual(readProtobufEmulation(body), { node: 'n', session: 's', frame: request.data });
  assert.equal(readProtobufEmulation(body.subarray(0, -1)), undefined);
  assert.deepEqual(readProtobufEmulation(Buffer.alloc(0)), { node: '', session: '', frame: Buffer.alloc(0) });
});

function assertEndsWell(frame: Buffer): void {
  const names = Array.from(protobufCodec.decode(frame), ({ name }) => name);
  assert.ok(names.length > 0 && !names.slice(0, -1).includes('malformed'), frame.toString('hex'));
}

test('protobufCodec.decode() reads any bytes without throwing, and nothing after malformed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assertEndsWell(Buffer.from(bytes));
    }),
    { numRuns: fuzzRuns },
  );
});

test('protobufCodec.decode() refuses every command that is cut anywhere', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const frame = Buffer.from(
        officialCodec.encodeCommands([officialFromJson(JSON.stringify({ id: 1, ...request }))]),
      );
      for (let end = 0; end < Math.min(frame.length, 200); end += 1) {
        assert.deepEqual([...protobufCodec.decode(frame.subarray(0, end))], [{ name: 'malformed' }]);
      }
    }),
  );
});

test('protobufCodec.decode() reads damaged frames without throwing, and nothing after malformed', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(anyRequest, { minLength: 1, maxLength: 3 }), damage, (requests, changes) => {
      const frame = Buffer.from(
        officialCodec.encodeCommands(
          requests.map((request) => officialFromJson(JSON.stringify({ id: 1, ...request }))),
        ),
      );
      for (const [at, byte] of changes) frame[at % frame.length] = byte;
      assertEndsWell(frame);
    }),
    { numRuns: fuzzRuns },
  );
});
