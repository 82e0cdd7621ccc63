// Decides how fields become the bytes of a Protobuf message: from the last to the first, so that each length is known when it is written.
import type { Payload } from './payload.ts';

const wireVarint = 0;
const wireBytes = 2;
// A length or number of ten bytes and a tag of five.
const prefixBytes = 15;
const keptBytes = 16_384;
const longestLoop = 24;

/**
 * Writes one message after the other. Fields are to be written in descending order of their numbers, the last item of a list first; zero
 * values are left out, as proto3 has it. Numbers are whole and from 0 to 2^53.
 */
export class ProtobufWriter {
  readonly #kept = Buffer.allocUnsafeSlow(keptBytes);
  #buffer = this.#kept;
  #at = keptBytes;

  /** How much has been written; says where a nested message ends. */
  get mark(): number {
    return this.#buffer.length - this.#at;
  }

  /** Begins a message. What was written and not taken is dropped. */
  begin(): void {
    this.#buffer = this.#kept;
    this.#at = keptBytes;
  }

  /** Takes the message, behind its length. */
  takeDelimited(): Buffer {
    this.#reserve(prefixBytes);
    this.#varint(this.mark);
    // A copy, because the next message is written into the same memory.
    return Buffer.from(this.#buffer.subarray(this.#at));
  }

  /** Makes what was written since `mark` the message field `field`, even if that is nothing. */
  wrap(field: number, mark: number): void {
    this.#reserve(prefixBytes);
    this.#varint(this.mark - mark);
    this.#tag(field, wireBytes);
  }

  text(field: number, value: string | undefined): void {
    if (value === undefined || value === '') return;
    const mark = this.mark;
    this.#text(value);
    this.wrap(field, mark);
  }

  payload(field: number, value: Payload | undefined): void {
    if (value === undefined || value.length === 0) return;
    const mark = this.mark;
    if (typeof value === 'string') this.#text(value);
    else this.#bytes(value);
    this.wrap(field, mark);
  }

  flag(field: number, value: boolean | undefined): void {
    if (value === true) this.count(field, 1);
  }

  count(field: number, value: number | undefined): void {
    if (value === undefined || value <= 0) return;
    this.#reserve(prefixBytes);
    this.#varint(value);
    this.#tag(field, wireVarint);
  }

  #text(value: string): void {
    if (value.length <= longestLoop && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#buffer.write(value, this.#at, length);
  }

  // A call out of JavaScript costs more than a few characters. False: nothing is written.
  #shortAscii(value: string): boolean {
    this.#reserve(value.length);
    const start = this.#at - value.length;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      this.#buffer[start + index] = code;
    }
    this.#at = start;
    return true;
  }

  #bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
    const last = this.#at - 1;
    this.#at -= length;
    let rest = value;
    for (let at = this.#at; at < last; at += 1) {
      this.#buffer[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[last] = rest;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#at) return;
    const written = this.#buffer.subarray(this.#at);
    const larger = Buffer.allocUnsafeSlow(2 * (written.length + bytes));
    this.#at = larger.length - written.length;
    larger.set(written, this.#at);
    this.#buffer = larger;
  }
}
