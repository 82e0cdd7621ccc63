// Decides what a component learns of the connection.
import type { ConnectionStatus } from '@parley/client';
import { useParley } from './parley-provider.ts';
import { useStore } from './use-store.ts';

/** How live the application is, and the way to hurry the next attempt. */
export function useConnection(): { status: ConnectionStatus; reconnectNow: () => void } {
  const { connection } = useParley();
  return { status: useStore(connection.status), reconnectNow: connection.reconnectNow };
}
