// Decides what giving others a turn is: everything that the event loop has ready goes first.

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
