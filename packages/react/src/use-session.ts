// Decides what a component learns of the session.
import type { Session, SessionState } from '@parley/client';
import { useParley } from './parley-provider.ts';
import { useStore } from './use-store.ts';

/** Who is signed in, and the ways in and out. The functions are stable references. */
export function useSession(): { state: SessionState } & Pick<
  Session,
  'signIn' | 'secondFactor' | 'acceptTokens' | 'signOut' | 'register' | 'setUp'
> {
  const { session } = useParley();
  const state = useStore(session.state);
  return {
    state,
    signIn: session.signIn,
    secondFactor: session.secondFactor,
    acceptTokens: session.acceptTokens,
    signOut: session.signOut,
    register: session.register,
    setUp: session.setUp,
  };
}
