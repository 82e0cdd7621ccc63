// Holds what shared polls tell of their work to whoever counts it; interfaces only.

/** Why the backend is asked: its turn has come, or somebody tracks a key whose data it lacks. */
export type PollTrigger = 'cycle' | 'track';

/** How one question went. Times in milliseconds; `waitedMs` before there was a place for it. */
export interface AskedPoll {
  readonly trigger: PollTrigger;
  readonly waitedMs: number;
  readonly tookMs: number;
  /** Keys of the answer; undefined: there was none. */
  readonly items: { readonly changed: number; readonly unchanged: number } | undefined;
}

/** Counts the work of shared polls. */
export interface PollMeter {
  /** Milliseconds since any moment, never set back. */
  elapsed(): number;
  asked(channel: string, question: AskedPoll): void;
  /** All questions of one cycle are answered: `tookMs` since it began, of which `workedMs` with a question under way. */
  cycled(channel: string, cycle: { readonly tookMs: number; readonly workedMs: number }): void;
  /** So many updates were given to subscribers. */
  told(channel: string, updates: number): void;
  /** The backend published by itself; whether that was news. */
  published(channel: string, isNews: boolean): void;
}
