// Decides how text of clients without an SDK becomes publications of a room, and how publications become text.
import { isUtf8 } from 'node:buffer';
import { type Codec, jsonCodec, type Payload, payloadBytes, payloadText, rawJson, readRawJson } from '@parley/protocol';
import { pingMessage, type WireFormat } from '../hub/message.ts';
import { type FrameOptions, webSocketFormat } from './websocket-frames.ts';

const nothing = Buffer.alloc(0);

/** Publications as their text, and of everything else nothing: whoever reads it knows no protocol. */
const plainCodec: Codec = {
  ...jsonCodec,
  ping: nothing,
  encodeReply: () => nothing,
  encodePush: (push) => (push.name === 'pub' ? textOf(push.pub.data) : nothing),
};

/** One publication a text frame; what has no text is not sent. */
export function plainFormat(compression: FrameOptions['compression']): WireFormat {
  const frames = webSocketFormat({ codec: plainCodec, joins: false, compression });
  return {
    codec: plainCodec,
    ping: pingMessage(nothing),
    frame: (payloads) => frames.frame(payloads.filter(({ length }) => length > 0)),
  };
}

/** A JSON string is the text in it, other JSON is its own text, and bytes that are no JSON are text if they are UTF-8. */
function textOf(data: Payload | undefined): Buffer {
  if (data === undefined) return nothing;
  const json = payloadText(data);
  if (json === undefined) return isUtf8(payloadBytes(data)) ? Buffer.from(payloadBytes(data)) : nothing;
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : undefined;
  return Buffer.from(typeof value === 'string' ? value : json);
}

/** What a text from a client means: a publication, kept or passing, or a mistake that the client is told. */
export type Said =
  | { readonly ok: true; readonly data: Payload; readonly isPassing: boolean }
  | { readonly ok: false; readonly mistake: string };

/**
 * Reads a text frame. A JSON object stays JSON; any other text becomes a JSON string, so that it comes out as it went in. An object
 * with the type `typing` passes by: it is not kept, and says `user` whoever wrote it.
 */
export function readText(frame: Buffer, user: string): Said {
  if (!isUtf8(frame)) return { ok: false, mistake: 'only text in UTF-8 is understood here' };
  const text = frame.toString();
  const json = text.trimStart().startsWith('{') ? readRawJson(text) : undefined;
  if (json === undefined) return { ok: true, data: rawJson(text), isPassing: false };
  const { type, state }: { type?: unknown; state?: unknown } = JSON.parse(json) as object;
  if (type !== 'typing') return { ok: true, data: json, isPassing: false };
  if (state !== 'start' && state !== 'stop') return { ok: false, mistake: 'typing needs the state start or stop' };
  return { ok: true, data: rawJson({ type, user, state }), isPassing: true };
}

/** What a client is told about a text that went nowhere. */
export function mistakeText(mistake: string): Buffer {
  return Buffer.from(JSON.stringify({ type: 'error', message: mistake }));
}
