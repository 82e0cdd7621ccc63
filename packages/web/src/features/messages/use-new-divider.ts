// Decides where the divider before new messages stands: where the person had read to when they came, or came back.
import type { Room } from '@parley/contract';
import { useEffect, useRef, useState } from 'react';

/**
 * The read pointer that the divider follows. It is taken when the room is opened and again when the tab is left, so
 * that it does not wander while the person reads.
 */
export function useNewDivider(room: Room): number | undefined {
  const readSeq = room.membership?.readSeq;
  const [dividerSeq, setDividerSeq] = useState(readSeq);
  const latest = useRef(readSeq);
  useEffect(() => {
    latest.current = readSeq;
  }, [readSeq]);
  useEffect(() => {
    const onVisibility = (): void => {
      if (document.visibilityState === 'hidden') setDividerSeq(latest.current);
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => document.removeEventListener('visibilitychange', onVisibility);
  }, []);
  return dividerSeq;
}
