// Decides how a store of the client becomes a value of a component.
import type { Store } from '@parley/client';
import { useSyncExternalStore } from 'react';

/** The present value of `store`; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}
