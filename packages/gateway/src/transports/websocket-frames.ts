// Decides the bytes of WebSocket frames from server to client (RFC 6455, 5.2; RFC 7692) and how payloads are joined into them.
import { deflateRawSync, constants as zlib } from 'node:zlib';
import { type Codec, jsonCodec, protobufCodec } from '@parley/protocol';
import { pingMessage, type WireFormat } from '../hub/message.ts';
import { limits } from '../limits.ts';

const finalText = 0x81;
const finalBinary = 0x82;
const compressedBit = 0x40;
const newline = Buffer.from('\n');
const nothing = Buffer.alloc(0);

/** What a payload of this codec is put into. Payloads of Protobuf delimit themselves. */
export interface FrameOptions {
  readonly codec: Codec;
  /** Whether several payloads may share a frame. */
  readonly joins: boolean;
  /** Given if frames are compressed: each by itself, so that all connections can share the result. Size in bytes. */
  readonly compression: { readonly level: number; readonly minBytes: number } | undefined;
}

/** Makes a format of WebSocket frames. One write may be several frames: none gets larger than is good for clients by joining. */
export function webSocketFormat(options: FrameOptions): WireFormat {
  const separator = options.codec.name === 'json' ? newline : nothing;
  return {
    codec: options.codec,
    ping: pingMessage(options.codec.ping),
    frame(payloads) {
      const frames: Buffer[] = [];
      for (const group of options.joins ? groups(payloads, separator.length) : single(payloads)) {
        frames.push(seal(group, separator, options));
      }
      const [only] = frames;
      return frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
    },
  };
}

/** JSON over WebSocket, not compressed: text frames, each with replies on lines of their own. */
export const jsonOverWebSocket = webSocketFormat({ codec: jsonCodec, joins: true, compression: undefined });

/** Protobuf over WebSocket, not compressed: binary frames. */
export const protobufOverWebSocket = webSocketFormat({ codec: protobufCodec, joins: true, compression: undefined });

interface Group {
  readonly payloads: readonly Buffer[];
  /** With separators. */
  readonly length: number;
}

function* single(payloads: readonly Buffer[]): Generator<Group> {
  for (const payload of payloads) yield { payloads: [payload], length: payload.length };
}

function* groups(payloads: readonly Buffer[], separatorLength: number): Generator<Group> {
  let first = 0;
  while (first < payloads.length) {
    let length = lengthOf(payloads, first);
    let end = first + 1;
    while (end < payloads.length && length + separatorLength + lengthOf(payloads, end) <= limits.maxJoinedFrameBytes) {
      length += separatorLength + lengthOf(payloads, end);
      end += 1;
    }
    yield { payloads: first === 0 && end === payloads.length ? payloads : payloads.slice(first, end), length };
    first = end;
  }
}

function lengthOf(payloads: readonly Buffer[], index: number): number {
  return payloads[index]?.length ?? 0;
}

function seal({ payloads, length }: Group, separator: Buffer, { codec, compression }: FrameOptions): Buffer {
  const opcode = codec.name === 'json' ? finalText : finalBinary;
  if (compression !== undefined && length >= compression.minBytes) {
    const body = Buffer.allocUnsafe(length);
    copyJoined(payloads, separator, { target: body, at: 0 });
    const compressed = compress(body, compression.level);
    const { frame, at } = openFrame(opcode | compressedBit, compressed.length);
    compressed.copy(frame, at);
    return frame;
  }
  const target = openFrame(opcode, length);
  copyJoined(payloads, separator, { target: target.frame, at: target.at });
  return target.frame;
}

// RFC 7692, 7.2.1: what ends in an empty block is cut before the four bytes that every receiver knows.
function compress(body: Buffer, level: number): Buffer {
  return deflateRawSync(body, { level, finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4);
}

function openFrame(firstByte: number, length: number): { frame: Buffer; at: number } {
  const at = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = firstByte;
  if (at === 2) frame[1] = length;
  else if (at === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return { frame, at };
}

function copyJoined(
  payloads: readonly Buffer[],
  separator: Buffer,
  { target, at }: { target: Buffer; at: number },
): void {
  let written = at;
  for (const payload of payloads) {
    if (written > at) written += separator.copy(target, written);
    written += payload.copy(target, written);
  }
}
