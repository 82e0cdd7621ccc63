// Decides what stands above the oldest message: the beginning of the room, or that older ones are on their way.
import { texts } from '../../texts/en.ts';
import { Delayed } from '../../ui/delayed.tsx';

/** A place of fixed height, so that the rows below do not move when its words change. */
export function LogHead({ roomName, heightPx, hasOlder }: { roomName: string; heightPx: number; hasOlder: boolean }) {
  return (
    <div
      className="absolute inset-x-0 top-0 flex items-end justify-center px-5 pb-3 text-sm text-soft"
      style={{ height: heightPx }}
    >
      {hasOlder ? <Delayed>{texts.messages.older}</Delayed> : <span>{texts.messages.beginning(roomName)}</span>}
    </div>
  );
}
