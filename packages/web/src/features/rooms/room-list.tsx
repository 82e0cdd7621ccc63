// Decides how the rooms of a person are listed: newest activity first, unread in bold, the open one marked.
import type { Room } from '@parley/contract';
import { Hash, Lock, Plus, Search, Telescope } from 'lucide-react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { isMac } from '../shell/shortcuts.ts';

const t = texts.rooms;

/** What the list leads to. */
export type RoomListEvents = { onCreate: () => void; onBrowse: () => void; onSwitch: () => void };

/** The list of rooms; `rooms` is undefined until it is known. */
export function RoomList({
  rooms,
  currentId,
  events,
}: {
  rooms: readonly Room[] | undefined;
  currentId: string | undefined;
  events: RoomListEvents;
}) {
  return (
    <nav aria-label={t.yours} className="flex h-full min-h-0 flex-col">
      <div className="flex items-center justify-between pt-3 pr-2 pb-1 pl-4">
        <h2 className="text-lg font-extrabold tracking-tight">{t.heading}</h2>
        <span className="flex">
          <IconButton label={t.browse} onClick={events.onBrowse}>
            <Telescope aria-hidden size={18} />
          </IconButton>
          <IconButton label={t.create} onClick={events.onCreate}>
            <Plus aria-hidden size={20} />
          </IconButton>
        </span>
      </div>
      <div className="px-3 pb-2">
        <button
          type="button"
          onClick={events.onSwitch}
          className="flex min-h-9 w-full items-center gap-2 rounded-lg border border-line bg-paper px-2.5 text-sm text-soft hover:border-edge"
        >
          <Search aria-hidden size={15} />
          <span className="flex-1 text-left">{t.switcher}</span>
          <kbd className="hidden font-sans text-xs sm:inline">{texts.shell.shortcut(isMac())}</kbd>
        </button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        <Entries rooms={rooms} currentId={currentId} onCreate={events.onCreate} />
      </div>
    </nav>
  );
}

function Entries({
  rooms,
  currentId,
  onCreate,
}: {
  rooms: readonly Room[] | undefined;
  currentId: string | undefined;
  onCreate: () => void;
}) {
  if (rooms === undefined) return <Skeleton lines={6} className="px-2 pt-3" />;
  if (rooms.length === 0)
    return (
      <div className="px-2 pt-6 text-sm">
        <p className="font-semibold">{t.none}</p>
        <p className="mt-1 mb-3 text-soft">{t.noneHint}</p>
        <Button onClick={onCreate}>{t.create}</Button>
      </div>
    );
  return (
    <ul className="grid gap-0.5">
      {rooms.map((room) => (
        <li key={room.id}>
          <RoomLink room={room} isCurrent={room.id === currentId} />
        </li>
      ))}
    </ul>
  );
}

function RoomLink({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  const Icon = room.isPrivate ? Lock : Hash;
  const isUnread = room.unread > 0;
  return (
    <Link
      href={`/rooms/${room.id}`}
      aria-current={isCurrent ? 'page' : undefined}
      aria-label={isUnread ? t.unread(room.name, room.unread) : room.name}
      className={`flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 py-1.5 hover:bg-tint/60 aria-[current]:bg-tint aria-[current]:hc:outline ${isUnread ? 'font-bold' : 'text-soft'} ${isCurrent ? 'text-ink' : ''}`}
    >
      <Icon aria-hidden size={16} className="shrink-0" />
      <span dir="auto" className="min-w-0 flex-1 truncate">
        {room.name}
      </span>
      {isUnread && (
        <span
          aria-hidden
          className="rounded-full bg-accent px-1.5 text-xs leading-5 font-bold text-on-accent hc:border"
        >
          {room.unread > 99 ? '99+' : room.unread}
        </span>
      )}
    </Link>
  );
}
