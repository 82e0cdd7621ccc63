// Decides what stands at a room's address: the conversation, the way in, or that there is none.
import type { Room, User } from '@parley/contract';
import { Suspense } from 'react';
import { lazyWithQueries } from '../../lazy-with-queries.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { RoomPane } from './room-pane.tsx';

const RoomOutside = lazyWithQueries(async () => (await import('./room-outside.tsx')).RoomOutside);

/** `/rooms/:id`. `room` is the entry of the person's list, undefined when they are not in the room. */
export function RoomPage({
  roomId,
  room,
  isListKnown,
  user,
}: {
  roomId: string;
  room: Room | undefined;
  isListKnown: boolean;
  user: User;
}) {
  if (room !== undefined) return <RoomPane key={roomId} room={room} user={user} />;
  if (!isListKnown) return <Skeleton lines={8} className="p-6" />;
  return (
    <Suspense fallback={null}>
      <RoomOutside roomId={roomId} />
    </Suspense>
  );
}
