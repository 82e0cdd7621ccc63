// Decides when the body of a request is too large, what reading it ends with, and whether something of it is left.
import type { IncomingMessage } from 'node:http';
import { limits } from './limits.ts';

/**
 * The whole body, unless it is larger than `maxBytes` or the caller went away. Who sends it in very many small pieces, each of which
 * takes as much time as a large one, is cut off.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too large' | 'gone'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too large');
  const pieces = new Pieces(maxBytes);
  return new Promise((resolve) => {
    request.on('data', (piece: Buffer) => {
      if (!pieces.add(piece)) resolve('too large');
      if (pieces.areTooSmall) request.destroy();
    });
    request.on('end', () => resolve(pieces.whole));
    request.on('error', () => resolve('gone'));
    request.on('close', () => resolve('gone'));
  });
}

/** Whether something of the body may still come, which must then not be taken for the next request. */
export function isBodyUnread({ complete, headers }: IncomingMessage): boolean {
  const isAnnounced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return isAnnounced && !complete;
}

/** Bytes that come in pieces. Pieces are copied together as they come: one of a single byte costs a hundred as an object. */
class Pieces {
  readonly #maxBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #size = 0;
  #count = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get areTooSmall(): boolean {
    return this.#count > limits.maxSmallBodyPieces && this.#size < this.#count * limits.minBodyPieceBytes;
  }

  get whole(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  /** @returns false if there are too many bytes; then nothing is kept any more */
  add(piece: Buffer): boolean {
    const size = this.#size + piece.length;
    this.#count += 1;
    if (size > this.#maxBytes) {
      this.#bytes = Buffer.alloc(0);
      this.#size = Infinity;
      return false;
    }
    if (this.#size === 0) this.#bytes = piece;
    else {
      if (size > this.#bytes.length) this.#grow(size);
      piece.copy(this.#bytes, this.#size);
    }
    this.#size = size;
    return true;
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(Math.min(size * 2, this.#maxBytes));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}
