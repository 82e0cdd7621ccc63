// Decides the order of a connection's frames: as they come, with a bound on those that wait.

/** What a frame costs besides its bytes; without it empty frames could wait without end. */
const frameOverheadBytes = 64;

/** Frames of one connection that wait until the commands before them are done. */
export class Inbox {
  readonly #maxBytes: number;
  #frames: Buffer[] = [];
  #bytes = 0;
  #isBusy = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the connection should not be read for now. */
  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** @returns true if nobody works on the inbox: the caller then has to, with `next` until that gives undefined */
  add(frame: Buffer): boolean {
    this.#frames.push(frame);
    this.#bytes += frame.length + frameOverheadBytes;
    if (this.#isBusy) return false;
    this.#isBusy = true;
    return true;
  }

  /** The next frame. Undefined: there is none, and whoever adds one has to begin again. */
  next(): Buffer | undefined {
    const frame = this.#frames.shift();
    if (frame === undefined) this.#isBusy = false;
    else this.#bytes -= frame.length + frameOverheadBytes;
    return frame;
  }

  /** Drops what waits. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
