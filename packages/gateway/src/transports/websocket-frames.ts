// Decides the bytes of WebSocket frames from server to client (RFC 6455, 5.2) and how JSON payloads are joined into them.
import { jsonCodec } from '@parley/protocol';
import { Message, type WireFormat } from '../hub/message.ts';
import { limits } from '../limits.ts';

const finalText = 0x81;
const newline = 0x0a;

/** JSON over WebSocket: text frames, each with replies on lines of their own. */
export const jsonOverWebSocket: WireFormat = {
  codec: jsonCodec,
  ping: new Message(jsonCodec.ping, { frame: 'server_ping', channel: '' }),
  frame: joinIntoTextFrames,
};

/** Frames of joined payloads, one behind the other; a frame ends before it would be larger than is good for clients. */
function joinIntoTextFrames(payloads: readonly Buffer[]): Buffer {
  const frames: Buffer[] = [];
  let first = 0;
  while (first < payloads.length) {
    let length = lengthOf(payloads, first);
    let end = first + 1;
    while (end < payloads.length && length + 1 + lengthOf(payloads, end) <= limits.maxJoinedFrameBytes) {
      length += 1 + lengthOf(payloads, end);
      end += 1;
    }
    frames.push(textFrame(payloads.slice(first, end), length));
    first = end;
  }
  const [only] = frames;
  return frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
}

function lengthOf(payloads: readonly Buffer[], index: number): number {
  return payloads[index]?.length ?? 0;
}

function textFrame(payloads: readonly Buffer[], length: number): Buffer {
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = finalText;
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let at = headerLength;
  for (const payload of payloads) {
    if (at > headerLength) {
      frame[at] = newline;
      at += 1;
    }
    at += payload.copy(frame, at);
  }
  return frame;
}
