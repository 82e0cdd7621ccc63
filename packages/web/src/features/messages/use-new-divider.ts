// Decides where the divider before new messages stands: where the person had read to when they came, or came back.
import type { Room } from '@parley/contract';
import { useEffect, useRef, useState } from 'react';

/**
 * The number of the last message before the new ones; undefined when there were none. It is taken when the room is
 * opened and when the person comes back to the tab: what arrives under their eyes is not marked as new.
 */
export function useNewDivider(room: Room): number | undefined {
  const boundary = room.unread > 0 ? room.membership?.readSeq : undefined;
  const [dividerSeq, setDividerSeq] = useState(boundary);
  const latest = useRef(boundary);
  useEffect(() => {
    latest.current = boundary;
  }, [boundary]);
  useEffect(() => {
    const onVisibility = (): void => {
      if (document.visibilityState === 'visible') setDividerSeq(latest.current);
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => document.removeEventListener('visibilitychange', onVisibility);
  }, []);
  return dividerSeq;
}
