// Decides when new messages are spoken: in one polite region, a burst at a time.
import { useEffect, useRef, useState } from 'react';
import { BURST_MS, announcement, arrivedSince, newestSeq } from './announcements.ts';
import type { ShownMessage } from './shown-message.ts';

/** The one live region of a room; mount it anew for another room. */
export function Announcer({
  messages,
  roomName,
  selfId,
}: {
  messages: readonly ShownMessage[];
  roomName: string;
  selfId: string;
}) {
  const [line, setLine] = useState('');
  const heard = useRef<number | undefined>(undefined);
  const latest = useRef(messages);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  useEffect(() => {
    latest.current = messages;
    heard.current ??= newestSeq(messages);
    if (timer.current !== undefined || arrivedSince(messages, heard.current).length === 0) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const words = announcement(arrivedSince(latest.current, heard.current), { roomName, selfId });
      heard.current = newestSeq(latest.current);
      if (words !== undefined) setLine(words);
    }, BURST_MS);
  }, [messages, roomName, selfId]);

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return (
    <p aria-live="polite" className="sr-only" data-announcer>
      {line}
    </p>
  );
}
