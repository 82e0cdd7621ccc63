// Decides how a callback that changes with every render is called without subscribing anew.
import { useInsertionEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** A reference that holds the value of the last committed render. Read it in events, not while rendering. */
export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
