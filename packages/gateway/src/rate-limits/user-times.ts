// Decides how long the counts of a user are kept, and what happens when there are too many users.

/** Numbers of users' buckets. Those of a user whose buckets are full again are forgotten, sooner or later. */
export class UserTimes {
  readonly #bucketCount: number;
  readonly #maxUsers: number;
  // In the order in which they were first counted.
  readonly #byUser = new Map<string, number[]>();

  constructor(bucketCount: number, maxUsers: number) {
    this.#bucketCount = bucketCount;
    this.#maxUsers = maxUsers;
  }

  get size(): number {
    return this.#byUser.size;
  }

  /** The numbers of a user. One user too many makes the oldest begin anew. */
  of(user: string, now: number): number[] {
    const known = this.#byUser.get(user);
    if (known !== undefined) return known;
    this.#lookAtOldest(now);
    this.#lookAtOldest(now);
    const [oldest] = this.#byUser.keys();
    if (this.#byUser.size >= this.#maxUsers && oldest !== undefined) this.#byUser.delete(oldest);
    const times = Array.from({ length: this.#bucketCount }, () => 0);
    this.#byUser.set(user, times);
    return times;
  }

  // Two looks for each new user: more are forgotten than come.
  #lookAtOldest(now: number): void {
    const [oldest] = this.#byUser;
    if (oldest === undefined) return;
    const [user, times] = oldest;
    this.#byUser.delete(user);
    if (times.some((time) => time > now)) this.#byUser.set(user, times);
  }
}
