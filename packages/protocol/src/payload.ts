// Decides how application data is held between the wires: as JSON text where it came as JSON, as bytes where it came as bytes.
import { isUtf8 } from 'node:buffer';
import { type RawJson, readRawJson } from './raw-json.ts';

/**
 * What an application sends, untouched on its way. Text is exactly one JSON value on one line; bytes may be anything, JSON included
 * (they came over Protobuf or as base64).
 */
export type Payload = RawJson | Uint8Array;

/** The payload as JSON text. Undefined: it is not JSON and cannot travel to a JSON client. */
export function payloadText(payload: Payload): RawJson | undefined {
  if (typeof payload === 'string') return payload;
  return isUtf8(payload) ? readRawJson(Buffer.from(payload).toString()) : undefined;
}

/** The payload's bytes. */
export function payloadBytes(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/** About how many bytes the payload is: exact for bytes, UTF-16 units for text. */
export function payloadSize(payload: Payload | undefined): number {
  return payload?.length ?? 0;
}
