// Decides how the processes of one machine exchange messages over a pipe: in order, several in one write, with bounds.
import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';
import { limits } from '../../limits.ts';

/** One end of a pipe between two processes of this server, which trust each other. */
export interface Link<Out> {
  /** Sends a message behind all that were sent before. Ignored when the link has ended. */
  send(message: Out): void;
  /** Ends the link, and with it the other end. */
  close(): void;
}

/** Why a link ended: the other process is gone, or it does not read, or it was closed here. */
export interface LinkEnd {
  readonly name: 'gone' | 'stuck' | 'closed';
  readonly reason: string;
}

/** What happens at a link. */
export interface LinkEvents<In> {
  onMessage(message: In): void;
  /** Once. */
  onEnd(end: LinkEnd): void;
}

/**
 * Sends and receives messages over a stream. Messages are plain data (what `node:v8` serializes); those of one turn of the event loop
 * leave in one write.
 *
 * @param maxWaitingBytes how much may wait for the other process; above it that process is taken for dead
 */
export function openLink<In, Out>(
  stream: Duplex,
  events: LinkEvents<In>,
  maxWaitingBytes: number = limits.maxLinkBytes,
): Link<Out> {
  let waiting: Out[] = [];
  let isEnded = false;
  const read = frameReader((batch) => {
    for (const message of batch as In[]) events.onMessage(message);
  });

  function end(name: LinkEnd['name'], reason: string): void {
    if (isEnded) return;
    isEnded = true;
    waiting = [];
    stream.destroy();
    events.onEnd({ name, reason });
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (isEnded) return;
    stream.write(frame(batch));
    if (stream.writableLength > maxWaitingBytes) end('stuck', 'the other process does not read');
  }

  stream.on('data', (chunk: Buffer) => {
    if (!isEnded) read(chunk);
  });
  stream.on('end', () => end('gone', 'the other process ended'));
  stream.on('close', () => end('gone', 'the other process ended'));
  stream.on('error', (error: Error) => end('gone', error.message));

  return {
    send(message) {
      if (isEnded) return;
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(message);
    },
    close: () => end('closed', 'closed here'),
  };
}

const headerBytes = 4;

function frame(batch: unknown[]): Buffer {
  const body = serialize(batch);
  const framed = Buffer.allocUnsafe(headerBytes + body.length);
  framed.writeUInt32BE(body.length, 0);
  body.copy(framed, headerBytes);
  return framed;
}

/** Collects chunks until a frame is complete. */
function frameReader(onBatch: (batch: unknown) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let wanted = headerBytes;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, size);
    for (;;) {
      wanted = rest.length < headerBytes ? headerBytes : headerBytes + rest.readUInt32BE(0);
      if (rest.length < wanted) break;
      onBatch(deserialize(rest.subarray(headerBytes, wanted)));
      rest = rest.subarray(wanted);
    }
    chunks = rest.length === 0 ? [] : [rest];
    size = rest.length;
  };
}
