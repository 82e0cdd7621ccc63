// Decides how whole messages are counted in a stream of bytes that may cut them anywhere: by a mark that each carries once.

/** Counts a mark over the chunks of one stream. */
export class MarkCounter {
  readonly #mark: Buffer;
  #edge: Buffer = Buffer.alloc(0);

  /** @param mark does not overlap itself: `~#` does not, `~~` does */
  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** Takes the next chunk. @returns how many marks it completes */
  count(chunk: Buffer): number {
    const cut = this.#mark.length - 1;
    let found = 0;
    if (this.#edge.length > 0 && Buffer.concat([this.#edge, chunk.subarray(0, cut)]).includes(this.#mark)) found += 1;
    for (let at = chunk.indexOf(this.#mark); at !== -1; at = chunk.indexOf(this.#mark, at + 1)) found += 1;
    this.#edge = this.#endOf(chunk, cut);
    return found;
  }

  // Only the beginning of a mark has to be kept; most chunks end without one.
  #endOf(chunk: Buffer, cut: number): Buffer {
    const end =
      chunk.length >= cut ? chunk.subarray(chunk.length - cut) : Buffer.concat([this.#edge, chunk]).subarray(-cut);
    return end.includes(this.#mark[0] ?? 0) ? Buffer.from(end) : Buffer.alloc(0);
  }
}
