// Decides how a payload stands in a JSON body: as a value in `data`, or as base64 in `b64data`, which wins.
import type { Fields } from './fields.ts';
import type { Payload } from './payload.ts';
import { type RawJson, sliceMember } from './raw-json.ts';

/** A payload, none, or base64 that is none. */
export type ReadPayload = { ok: true; raw: Payload | undefined } | { ok: false };

/**
 * Reads the payload of a body.
 *
 * @param fields the members of `text`
 * @param text the JSON object itself, out of which the payload is cut as it stands
 * @param name of the member; with `b64` before it, it is base64
 */
export function readPayload(fields: Fields, text: RawJson, name: 'data' | 'info' | 'prev_data'): ReadPayload {
  const base64 = fields.text(`b64${name}`);
  if (base64 === '') return { ok: true, raw: fields.has(name) ? sliceMember(text, [name]) : undefined };
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what is not base64; what does not come back the same was not base64.
  if (bytes.toString('base64').replaceAll('=', '') !== base64.replaceAll('=', '')) return { ok: false };
  return { ok: true, raw: bytes };
}
