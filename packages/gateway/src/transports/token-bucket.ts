// Decides how fast something may happen: so many a second, with as many at once after a quiet second.

/** Tokens that come back with time. It begins full. */
export class TokenBucket {
  readonly #now: () => number;
  #tokens = Infinity;
  #filledAt: number;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#filledAt = now();
  }

  /**
   * Takes a token.
   *
   * @param perSecond how many come back in a second, which is also how many there can be; it may differ from call to call
   * @returns false if there is none now
   */
  take(perSecond: number): boolean {
    const now = this.#now();
    // A clock that was set back gives nothing and takes nothing.
    const passedMs = Math.max(now - this.#filledAt, 0);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#tokens + (passedMs / 1000) * perSecond, perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
