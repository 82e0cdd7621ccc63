// Decides how long a component follows a channel of the application's own.
import type { ChannelListener, ChannelStatus } from '@parley/client';
import { useEffect, useState } from 'react';
import { useParley } from './parley-provider.ts';
import { useLatest } from './use-latest.ts';

const SUBSCRIBING: ChannelStatus = { name: 'subscribing' };

/**
 * Follows a channel while the component is mounted; null follows none. The callbacks may change with every render:
 * the newest is called.
 */
export function useChannel(channel: string | null, listener: ChannelListener): { status: ChannelStatus } {
  const parley = useParley();
  const latest = useLatest(listener);
  const [status, setStatus] = useState(SUBSCRIBING);
  useEffect(() => {
    if (channel === null) return undefined;
    const followed = parley.follow(channel, {
      onPublication: (publication) => latest.current.onPublication?.(publication),
      onDiscontinuity: () => latest.current.onDiscontinuity?.(),
    });
    const show = (): void => setStatus(followed.status.getSnapshot());
    const stop = followed.status.subscribe(show);
    show();
    return () => {
      stop();
      followed.close();
      setStatus(SUBSCRIBING);
    };
  }, [parley, channel, latest]);
  return { status };
}
