// Decides how fields are read from the bytes of a Protobuf message: strict about lengths, wire types and UTF-8.
import { isUtf8 } from 'node:buffer';

const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;
const wireFixed32 = 5;
const maxFieldNumber = 2 ** 29 - 1;

// A varint is read as three pieces that each fit 32-bit arithmetic: 28 + 28 + 8 bits.
const pieceBits = 28;
const piece = 2 ** pieceBits;
const topPiece = 2 ** (2 * pieceBits);
const varintBits = 70;

/** Puts the field `field`, at which the reader stands, into `draft`; `skip` for a field that it does not know. */
export type ReadField<Draft> = (reader: ProtobufReader, draft: Draft, field: number) => void;

/**
 * Walks over messages in a frame. What cannot be read gives the zero value, sets `isBroken` and ends every message, so that the caller
 * looks once, at the end.
 */
export class ProtobufReader {
  isBroken = false;
  readonly #frame: Buffer;
  #at = 0;
  #end: number;
  #wireType = 0;
  #low = 0;
  #middle = 0;
  #top = 0;

  constructor(frame: Buffer) {
    this.#frame = frame;
    this.#end = frame.length;
  }

  /** Whether bytes are left in the message that is being read, or outside of messages in the frame. */
  get hasMore(): boolean {
    return !this.isBroken && this.#at < this.#end;
  }

  /** Reads a message that stands in the frame behind its length. */
  delimited<Draft>(draft: Draft, readField: ReadField<Draft>): Draft {
    return this.#within(this.#length(), draft, readField);
  }

  /** Reads all that is left as one message. */
  rest<Draft>(draft: Draft, readField: ReadField<Draft>): Draft {
    return this.#within(this.#end - this.#at, draft, readField);
  }

  /** Reads a field that is a message. A draft of an earlier field with the same number is filled further, which merges both. */
  message<Draft>(draft: Draft, readField: ReadField<Draft>): Draft {
    return this.#within(this.#fieldLength(), draft, readField);
  }

  /** Reads a field that is a string. */
  text(): string {
    const length = this.#fieldLength();
    const start = this.#at;
    const end = start + length;
    this.#at = end;
    const isAscii = this.#isAscii(start, end);
    if (isAscii || isUtf8(this.#frame.subarray(start, end))) {
      return this.#frame.toString(isAscii ? 'latin1' : 'utf8', start, end);
    }
    this.fail();
    return '';
  }

  /** Reads a field that is bytes, which stay shared with the frame. */
  bytes(): Buffer {
    const length = this.#fieldLength();
    const start = this.#at;
    this.#at += length;
    return this.#frame.subarray(start, this.#at);
  }

  /**
   * Reads a field that is application data, to be kept: shared with the frame, unless a small value would keep a large frame in memory
   * (nothing keeps more than four times its size). Undefined if empty, which proto3 does not tell from absent.
   */
  payload(): Uint8Array | undefined {
    const shared = this.bytes();
    if (shared.length === 0) return undefined;
    return shared.length * 4 >= shared.buffer.byteLength ? shared : new Uint8Array(shared);
  }

  /** Reads a bool. */
  flag(): boolean {
    this.#fieldVarint();
    return this.#low !== 0 || this.#middle !== 0 || this.#top !== 0;
  }

  /** Reads a uint32 or uint64 up to 2^53; a larger one is not read. */
  count(): number {
    this.#fieldVarint();
    if (this.#top !== 0 || this.#middle >= piece / 8) this.fail();
    return this.isBroken ? 0 : this.#middle * piece + this.#low;
  }

  /** Reads an int64 from -2^53 to 2^53; one outside is not read. */
  integer(): number {
    this.#fieldVarint();
    if (this.#top < 0x80) return this.#checked(this.#top * topPiece + this.#middle * piece + this.#low);
    // Two's complement, a piece at a time.
    const [top, middle, low] = [0xff - this.#top, piece - 1 - this.#middle, piece - 1 - this.#low];
    return this.#checked(-(top * topPiece + middle * piece + low) - 1);
  }

  /** Reads an int32; higher bits are dropped, as proto3 says. */
  int32(): number {
    this.#fieldVarint();
    return this.#low | (this.#middle << pieceBits) | 0;
  }

  /** Passes over a field that nobody knows. Groups, which proto3 does not have, are not read. */
  skip(): void {
    if (this.#wireType === wireVarint) this.#varint();
    else if (this.#wireType === wireFixed64) this.#advance(8);
    else if (this.#wireType === wireBytes) this.#advance(this.#length());
    else if (this.#wireType === wireFixed32) this.#advance(4);
    else this.fail();
  }

  /** Gives up: what is left cannot be trusted. */
  fail(): void {
    this.isBroken = true;
    this.#low = 0;
    this.#middle = 0;
    this.#top = 0;
  }

  #within<Draft>(length: number, draft: Draft, readField: ReadField<Draft>): Draft {
    const outerEnd = this.#end;
    this.#end = this.#at + length;
    while (this.hasMore) {
      const field = this.#next();
      if (field !== 0) readField(this, draft, field);
    }
    this.#end = outerEnd;
    return draft;
  }

  // Field number, with the wire type put aside; 0 if there is none.
  #next(): number {
    this.#varint();
    const tag = this.#middle * piece + this.#low;
    const field = Math.floor(tag / 8);
    this.#wireType = tag & 7;
    if (this.#top === 0 && field > 0 && field <= maxFieldNumber) return field;
    this.fail();
    return 0;
  }

  #fieldVarint(): void {
    if (this.#wireType === wireVarint) this.#varint();
    else this.fail();
  }

  #fieldLength(): number {
    if (this.#wireType === wireBytes) return this.#length();
    this.fail();
    return 0;
  }

  // The length of what follows; never more than there is.
  #length(): number {
    this.#varint();
    const length = this.#top * topPiece + this.#middle * piece + this.#low;
    if (length <= this.#end - this.#at) return length;
    this.fail();
    return 0;
  }

  #advance(bytes: number): void {
    if (bytes > this.#end - this.#at) this.fail();
    else this.#at += bytes;
  }

  #varint(): void {
    const first = this.#byte();
    this.#low = first & 0x7f;
    this.#middle = 0;
    this.#top = 0;
    for (let byte = first, bits = 7; byte >= 0x80; bits += 7) {
      if (bits === varintBits) return this.fail();
      byte = this.#byte();
      if (bits < pieceBits) this.#low |= (byte & 0x7f) << bits;
      else if (bits < 2 * pieceBits) this.#middle |= (byte & 0x7f) << (bits - pieceBits);
      else this.#top |= (byte & 0x7f) << (bits - 2 * pieceBits);
    }
    if (this.#top > 0xff) this.fail();
  }

  #byte(): number {
    if (this.#at < this.#end) {
      const byte = this.#frame[this.#at];
      this.#at += 1;
      if (byte !== undefined) return byte;
    }
    this.fail();
    return 0;
  }

  #checked(value: number): number {
    if (Number.isSafeInteger(value)) return value;
    this.fail();
    return 0;
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const byte = this.#frame[at];
      if (byte === undefined || byte >= 0x80) return false;
    }
    return true;
  }
}
