// Measures what the wire formats cost: a publication encoded and a publish command decoded, Protobuf beside JSON as its floor.
import type { Codec, Push } from '../packages/protocol/src/index.ts';
import { jsonCodec, protobufCodec, rawJson } from '../packages/protocol/src/index.ts';
import { beside, median, report } from './harness/report.ts';

const rounds = 7;
const calls = 200_000;
const text = 'x'.repeat(70);
const data = rawJson({ text, at: 1_700_000_000_000 });
const info = { user: '42', client: '0b1e7a52-6f0c-4c5e-9a43-0f8f2f6a9d11' };

function publication(ofBytes: boolean): Push {
  const payload = ofBytes ? new Uint8Array(Buffer.from(data)) : data;
  return { name: 'pub', channel: 'room:7d1f0c52', pub: { data: payload, info, offset: 123_456 } };
}

/** A frame as a socket gives it, in memory of its own: id 1, publish { channel, data }. All lengths fit one byte. */
function publishInProtobuf(): Buffer {
  const sized = (...parts: readonly Uint8Array[]): Buffer => {
    const body = Buffer.concat(parts);
    if (body.length > 127) throw new Error('the message is too long for this benchmark');
    return Buffer.concat([Buffer.from([body.length]), body]);
  };
  const tag = (byte: number): Buffer => Buffer.from([byte]);
  const publish = sized(tag(0x0a), sized(Buffer.from('room:7d1f0c52')), tag(0x12), sized(Buffer.from(data)));
  const command = sized(Buffer.from([0x08, 0x01]), tag(0x3a), publish);
  return Buffer.from(new Uint8Array(command).buffer);
}

const frames = {
  json: Buffer.from(`{"id":1,"publish":{"channel":"room:7d1f0c52","data":${data}}}`),
  protobuf: publishInProtobuf(),
};

/** CPU microseconds a call. */
function measure(work: () => void): number {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function decode(codec: Codec, frame: Buffer): void {
  for (const incoming of codec.decode(frame))
    if (incoming.name !== 'publish') throw new Error('the frame was not read');
}

const fromText = publication(false);
const fromBytes = publication(true);
const works = {
  encodeJson: () => void jsonCodec.encodePush(fromText),
  encodeText: () => void protobufCodec.encodePush(fromText),
  encodeBytes: () => void protobufCodec.encodePush(fromBytes),
  decodeJson: () => decode(jsonCodec, frames.json),
  decodeProtobuf: () => decode(protobufCodec, frames.protobuf),
};
type Work = keyof typeof works;

const results = new Map<Work, number[]>();
// In turns, so that all see the same machine; the first round warms up.
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, work] of Object.entries(works) as [Work, () => void][]) {
    const cpu = measure(work);
    if (round > 0) results.set(name, [...(results.get(name) ?? []), cpu]);
  }
}
const of = (name: Work): number => median(results.get(name) ?? []);

const unit = 'CPU µs';
report([
  beside({
    name: 'encode: text in Protobuf to JSON',
    unit,
    value: of('encodeText'),
    floor: of('encodeJson'),
    target: 1,
  }),
  beside({
    name: 'encode: bytes in Protobuf to JSON',
    unit,
    value: of('encodeBytes'),
    floor: of('encodeJson'),
    target: 1,
  }),
  beside({ name: 'decode: Protobuf to JSON', unit, value: of('decodeProtobuf'), floor: of('decodeJson'), target: 1 }),
]);
