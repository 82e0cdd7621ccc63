// Decides what stands at a room's address: the conversation, the way in, or that there is none.
import type { Room, User } from '@parley/contract';
import { useParley } from '@parley/react';
import { DoorClosed, DoorOpen } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from '@parley/client';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { problemOf, useApi } from '../../use-api.ts';
import { RoomPane } from './room-pane.tsx';

const t = texts.rooms;

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
  return <Outside roomId={roomId} />;
}

/** Somebody who is not in the room: a public one can be joined from here. */
function Outside({ roomId }: { roomId: string }) {
  const api = useApi();
  const found = useQuery({
    queryKey: ['room', roomId],
    queryFn: async ({ signal }) => unwrap(await api.room(roomId, { signal })),
  });
  if (found.isPending) return <Skeleton lines={3} className="p-6" />;
  const problem = problemOf(found.error);
  if (found.data !== undefined) return <JoinHere room={found.data} />;
  return (
    <Empty icon={<DoorClosed size={26} />} title={t.lost} hint={t.lostHint}>
      {problem !== undefined && problem.status !== 404 && <ProblemNotice problem={problem} className="text-left" />}
      <Link href="/" className={buttonClass('primary')}>
        {texts.app.toRooms}
      </Link>
    </Empty>
  );
}

function JoinHere({ room }: { room: Room }) {
  const { rooms } = useParley();
  const { run, isBusy, problem } = useAction(() => rooms.join(room.id));
  return (
    <Empty icon={<DoorOpen size={26} />} title={room.name} hint={t.lostPublic}>
      <ProblemNotice problem={problem} className="text-left" />
      <Button weight="primary" disabled={isBusy} onClick={() => run()}>
        {t.joinRoom(room.name)}
      </Button>
      <Link href="/" className={`${buttonClass('plain')} md:hidden`}>
        {texts.shell.back}
      </Link>
    </Empty>
  );
}
