// Decides how long a component follows one channel of any Centrifugo server.
import { openPlainChannel } from '@parley/client';
import type { PlainChannel, PlainStatus } from '@parley/client';
import { useEffect, useState } from 'react';
import { useLatest } from './use-latest.ts';

const CONNECTING: PlainStatus = { name: 'connecting' };

/**
 * Connects to `url` and follows `channel` while the component is mounted. It waits while there is no token yet; a
 * renewed token is used from the next time that one is needed, without a new connection.
 *
 * @param onMessage called with the data of each publication; the newest callback is called
 * @returns the status and the official client, null while there is no token
 */
export function useCentrifugo(
  server: { url: string; token: string | null | undefined },
  channel: string,
  onMessage: (data: unknown) => void,
): { status: PlainStatus; client: PlainChannel['client'] | null } {
  const { url, token } = server;
  const latestToken = useLatest(token);
  const latestMessage = useLatest(onMessage);
  const [open, setOpen] = useState<{ status: PlainStatus; client: PlainChannel['client'] | null }>({
    status: CONNECTING,
    client: null,
  });
  const hasToken = typeof token === 'string';
  useEffect(() => {
    if (!hasToken) return undefined;
    const options = { url, getToken: () => latestToken.current ?? null };
    const plain = openPlainChannel(options, channel, (data) => latestMessage.current(data));
    const show = (): void => setOpen({ status: plain.status.getSnapshot(), client: plain.client });
    const stop = plain.status.subscribe(show);
    show();
    return () => {
      stop();
      plain.close();
      setOpen({ status: CONNECTING, client: null });
    };
  }, [url, channel, hasToken, latestToken, latestMessage]);
  return open;
}
