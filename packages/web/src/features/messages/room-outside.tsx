// Decides what somebody sees who is not in the room at this address: the way into a public one, else that it is closed.
import { unwrap } from '@parley/client';
import type { Room } from '@parley/contract';
import { useRooms } from '@parley/react';
import { useQuery } from '@tanstack/react-query';
import { DoorClosed, DoorOpen } from 'lucide-react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { problemOf, useApi } from '../../use-api.ts';

const t = texts.rooms;

/** Somebody who is not in the room: a public one can be joined from here. */
export function RoomOutside({ roomId }: { roomId: string }) {
  const api = useApi();
  const found = useQuery({
    queryKey: ['room', roomId],
    queryFn: async ({ signal }) => unwrap(await api.room(roomId, { signal })),
  });
  if (found.isPending) return <Skeleton lines={3} className="p-6" />;
  const problem = problemOf(found.error);
  if (found.data !== undefined) return <JoinHere room={found.data} />;
  return (
    <Empty isPage icon={<DoorClosed size={26} />} title={t.lost} hint={t.lostHint}>
      {problem !== undefined && problem.status !== 404 && <ProblemNotice problem={problem} className="text-left" />}
      <Link href="/" className={buttonClass('primary')}>
        {texts.app.toRooms}
      </Link>
    </Empty>
  );
}

function JoinHere({ room }: { room: Room }) {
  const { join } = useRooms();
  const { run, isBusy, problem } = useAction(() => join(room.id));
  return (
    <Empty isPage icon={<DoorOpen size={26} />} title={room.name} hint={t.lostPublic}>
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
