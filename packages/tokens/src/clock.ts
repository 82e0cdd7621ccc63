// Decides how this package asks for the time.

/** Time as an argument: Unix milliseconds. */
export interface Clock {
  now(): number;
}
