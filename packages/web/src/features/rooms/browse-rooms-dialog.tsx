// Decides how public rooms are found and joined.
import { useInfiniteQuery } from '@tanstack/react-query';
import { unwrap } from '@parley/client';
import type { Room } from '@parley/contract';
import { useRooms } from '@parley/react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { PAGE_SIZE, problemOf, useApi } from '../../use-api.ts';
import { WithQueries } from '../../with-queries.tsx';

const t = texts.rooms;

/** Lists the public rooms that the person is not in; `onJoined` is called with the room. */
export function BrowseRoomsDialog(props: { onJoined: (room: Room) => void; onClose: () => void }) {
  return (
    <WithQueries>
      <PublicRooms {...props} />
    </WithQueries>
  );
}

function PublicRooms({ onJoined, onClose }: { onJoined: (room: Room) => void; onClose: () => void }) {
  const api = useApi();
  const pages = useInfiniteQuery({
    queryKey: ['rooms', 'public'],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(await api.rooms('public', { limit: PAGE_SIZE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  });
  const rooms = pages.data?.pages.flatMap((page) => page.data).filter((room) => room.membership === null);
  return (
    <Dialog open onClose={onClose} title={t.browse}>
      <ProblemNotice problem={problemOf(pages.error)} className="mb-3" />
      {pages.isPending && <Skeleton lines={4} />}
      {rooms?.length === 0 && !pages.hasNextPage && <p className="text-soft">{t.browseNone}</p>}
      <ul className="grid gap-1">
        {rooms?.map((room) => (
          <PublicRoom key={room.id} room={room} onJoined={onJoined} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button className="mt-3" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {texts.members.more}
        </Button>
      )}
    </Dialog>
  );
}

function PublicRoom({ room, onJoined }: { room: Room; onJoined: (room: Room) => void }) {
  const rooms = useRooms();
  const { run, isBusy, problem } = useAction(
    () => rooms.join(room.id),
    () => onJoined(room),
  );
  return (
    <li className="border-b border-line py-2 last:border-0">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p dir="auto" className="truncate font-semibold">
            {room.name}
          </p>
          <p className="truncate text-sm text-soft">
            {t.members(room.memberCount)}
            {room.topic !== '' && ` · ${room.topic}`}
          </p>
        </div>
        <Button disabled={isBusy} aria-label={t.joinRoom(room.name)} onClick={() => run()}>
          {t.join}
        </Button>
      </div>
      <ProblemNotice problem={problem} className="mt-2" />
    </li>
  );
}
