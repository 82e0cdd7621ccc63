// Decides how tests write WebSocket frames byte by byte, good ones and bad ones, and read what a server answers.
import { deflateRawSync, inflateRawSync, constants as zlib } from 'node:zlib';

/** The parts of a frame that may be wrong. */
export interface FrameParts {
  opcode: number;
  payload: Uint8Array;
  fin?: boolean;
  /** The three reserved bits as they stand in the first byte: 0x40, 0x20, 0x10. */
  reserved?: number;
  /** Undefined: not masked, which no client may do. */
  mask?: number | undefined;
  /** How the length is written; by default as short as it can be. */
  lengthBytes?: 2 | 8;
  /** A length that is not that of the payload. */
  claimedLength?: bigint;
}

/** Operation codes. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame of a client. */
export function frame({ opcode, payload, fin = true, reserved = 0, mask = 0x01020304, ...length }: FrameParts): Buffer {
  return write({ opcode, payload, fin, reserved, mask, ...length });
}

/** A frame without a mask. */
export function unmasked(parts: FrameParts): Buffer {
  return write({ ...parts, mask: undefined });
}

function write(parts: FrameParts): Buffer {
  const { opcode, payload, fin = true, reserved = 0, mask } = parts;
  const first = (fin ? 0x80 : 0) | reserved | opcode;
  const lengthPart = writeLength(parts);
  lengthPart[0] = (lengthPart[0] ?? 0) | (mask === undefined ? 0 : 0x80);
  if (mask === undefined) return Buffer.concat([Buffer.of(first), lengthPart, payload]);
  const key = Buffer.alloc(4);
  key.writeUInt32BE(mask);
  const masked = Buffer.from(payload);
  for (let at = 0; at < masked.length; at += 1) masked[at] = (masked[at] ?? 0) ^ (key[at % 4] ?? 0);
  return Buffer.concat([Buffer.of(first), lengthPart, key, masked]);
}

function writeLength({ payload, claimedLength, lengthBytes }: FrameParts): Buffer {
  const length = claimedLength ?? BigInt(payload.length);
  if (lengthBytes === 8 || length > 0xffffn) {
    const part = Buffer.alloc(9, 127);
    part.writeBigUInt64BE(length, 1);
    return part;
  }
  if (lengthBytes === 2 || length > 125n) {
    const part = Buffer.alloc(3, 126);
    part.writeUInt16BE(Number(length), 1);
    return part;
  }
  return Buffer.of(Number(length));
}

/** A payload as permessage-deflate without context takeover sends it. */
export function compress(payload: Uint8Array): Buffer {
  return deflateRawSync(payload, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** What a server said. */
export interface Heard {
  /** Texts of data frames. */
  texts: string[];
  pongs: number;
  /** Undefined: there was no close frame; 1005: one without a code. */
  closedWith: number | undefined;
  /** What no server may send. */
  mistakes: string[];
}

/** Reads whole frames of a server; what is cut at the end is left out. */
export function readFrames(bytes: Buffer): Heard {
  const heard: Heard = { texts: [], pongs: 0, closedWith: undefined, mistakes: [] };
  let at = 0;
  while (at + 2 <= bytes.length) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    const head = second === 127 ? 10 : second === 126 ? 4 : 2;
    if (at + head > bytes.length) break;
    const length =
      head === 2 ? second : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (second > 127) heard.mistakes.push('a mask');
    if (at + head + length > bytes.length) break;
    hear(heard, first, bytes.subarray(at + head, at + head + length));
    at += head + length;
  }
  return heard;
}

function hear(heard: Heard, first: number, payload: Buffer): void {
  if ((first & 0xb0) !== 0x80) heard.mistakes.push(`first byte ${first.toString(16)}`);
  if (heard.closedWith !== undefined) heard.mistakes.push('a frame after the close');
  const opcode = first & 0x0f;
  if (opcode === opcodes.close) heard.closedWith = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
  else if (opcode === opcodes.pong) heard.pongs += 1;
  else if (opcode === opcodes.text || opcode === opcodes.binary) heard.texts.push(readText(first, payload));
  else if (opcode !== opcodes.ping) heard.mistakes.push(`operation ${opcode}`);
}

function readText(first: number, payload: Buffer): string {
  if ((first & 0x40) === 0) return payload.toString();
  const whole = Buffer.concat([payload, Buffer.from('0000ffff', 'hex')]);
  return inflateRawSync(whole, { finishFlush: zlib.Z_SYNC_FLUSH }).toString();
}
