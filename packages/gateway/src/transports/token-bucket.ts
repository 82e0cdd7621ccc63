// Decides how fast something may happen: so many a second, with as many at once after a quiet second.

/** Tokens that come back with time; `perSecond` is also how many there can be. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** @param now Unix milliseconds */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = perSecond;
    this.#filledAt = now();
  }

  /** Takes a token. @returns false if there is none now */
  take(): boolean {
    const now = this.#now();
    // A clock that was set back gives nothing and takes nothing.
    const passedMs = Math.max(now - this.#filledAt, 0);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#tokens + (passedMs / 1000) * this.#perSecond, this.#perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
