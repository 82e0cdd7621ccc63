// Decides which commands of one connection run at the same time: a bounded number, and those of one lane in their order.

/** Tasks of one connection. */
export class Lanes {
  readonly #max: number;
  // The last task of each lane that has one.
  readonly #tails = new Map<string, Promise<void>>();
  #taken = 0;
  #onFree: (() => void) | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether there is no place for one more task; `free` waits for one. */
  get isFull(): boolean {
    return this.#taken >= this.#max;
  }

  /** Whether a task of this lane would have to wait for another one. */
  isBusy(lane: string | undefined): boolean {
    return lane !== undefined && this.#tails.has(lane);
  }

  /** Resolves when a task is done. For one who waits at a time. */
  free(): Promise<void> {
    return new Promise((resolve) => (this.#onFree = resolve));
  }

  /**
   * Runs a task, after the tasks of its lane that came before it, whatever became of them. A task that waits takes a place, too.
   *
   * @param lane undefined: it waits for nobody
   */
  run(lane: string | undefined, task: () => Promise<void>): Promise<void> {
    this.#taken += 1;
    const before = lane === undefined ? undefined : this.#tails.get(lane);
    const done = (before === undefined ? task() : before.then(task, task)).finally(() => {
      this.#taken -= 1;
      if (lane !== undefined && this.#tails.get(lane) === done) this.#tails.delete(lane);
      this.#onFree?.();
      this.#onFree = undefined;
    });
    if (lane !== undefined) this.#tails.set(lane, done);
    return done;
  }
}
