// Decides when things that wait for a time are looked at: one shared wheel instead of a timer each.

/** Something that can wait in a wheel. Only the wheel writes `slot`; it begins as -1. */
export interface Waiter {
  slot: number;
}

/** Slots of equal width; everything in a slot is due when the slot has passed. A waiter waits for one time at most. */
export class TimerWheel<W extends Waiter> {
  readonly #resolutionMs: number;
  readonly #slots = new Map<number, Set<W>>();
  readonly #onDue: (waiter: W, nowMs: number) => void;
  #passed: number;

  constructor(resolutionMs: number, nowMs: number, onDue: (waiter: W, nowMs: number) => void) {
    this.#resolutionMs = resolutionMs;
    this.#passed = Math.floor(nowMs / resolutionMs);
    this.#onDue = onDue;
  }

  /** Waits until `atMs`, instead of any earlier agreement. Never early, late by at most one slot and one tick. */
  schedule(waiter: W, atMs: number): void {
    const slot = Math.max(Math.ceil(atMs / this.#resolutionMs), this.#passed + 1);
    if (waiter.slot === slot) return;
    this.cancel(waiter);
    let waiters = this.#slots.get(slot);
    if (waiters === undefined) {
      waiters = new Set();
      this.#slots.set(slot, waiters);
    }
    waiters.add(waiter);
    waiter.slot = slot;
  }

  /** Forgets a waiter. */
  cancel(waiter: W): void {
    if (waiter.slot === -1) return;
    const waiters = this.#slots.get(waiter.slot);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#slots.delete(waiter.slot);
    waiter.slot = -1;
  }

  /**
   * Calls for everyone who is due, in the order of their times. When the machine's time was set back, calls for
   * everyone, so that nobody waits for the old time to come again.
   */
  advance(nowMs: number): void {
    const current = Math.floor(nowMs / this.#resolutionMs);
    if (current < this.#passed - 1) {
      this.#startAgain(current, nowMs);
      return;
    }
    for (const slot of this.#slotsUpTo(current)) {
      this.#passed = slot;
      const waiters = this.#slots.get(slot);
      if (waiters === undefined) continue;
      this.#slots.delete(slot);
      for (const waiter of waiters) waiter.slot = -1;
      for (const waiter of waiters) this.#onDue(waiter, nowMs);
    }
    this.#passed = Math.max(this.#passed, current);
  }

  #startAgain(current: number, nowMs: number): void {
    const everyone = [...this.#slots.values()].flatMap((waiters) => [...waiters]);
    this.#slots.clear();
    this.#passed = current;
    for (const waiter of everyone) waiter.slot = -1;
    for (const waiter of everyone) this.#onDue(waiter, nowMs);
  }

  // After a long pause there are fewer slots in use than have passed.
  #slotsUpTo(current: number): number[] {
    const count = current - this.#passed;
    if (count <= this.#slots.size)
      return Array.from({ length: Math.max(count, 0) }, (_, index) => this.#passed + 1 + index);
    return [...this.#slots.keys()].filter((slot) => slot <= current).sort((a, b) => a - b);
  }
}
