// Decides when unsent words are forgotten: as soon as their person signs out, in whichever tab.
import type { SessionState } from '@parley/client';
import { useEffect, useRef } from 'react';
import { browserStorage, openDrafts } from './drafts.ts';

/** Clears the drafts of whoever signed out by choice. A session that the server ended keeps them for the return. */
export function useForgottenDrafts(state: SessionState): void {
  const last = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (state.name === 'signed-in') last.current = state.user.id;
    if (state.name !== 'signed-out' || state.reason !== 'signed-out' || last.current === undefined) return;
    openDrafts(browserStorage(), last.current).clear();
    last.current = undefined;
  }, [state]);
}
