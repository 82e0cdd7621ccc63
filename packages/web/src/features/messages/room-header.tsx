// Decides what stands above a conversation: its name, who is here, and what can be done with the room.
import type { Room } from '@parley/contract';
import { ArrowLeft, EllipsisVertical, Hash, Lock, LogOut, Pencil, UserPlus, Users } from 'lucide-react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, iconButtonClass } from '../../ui/button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { PresenceDot } from '../../ui/presence-dot.tsx';

const t = texts.rooms;

/** Which dialog of a room is asked for. */
export type RoomDialog = 'members' | 'invite' | 'rename' | 'leave';

/** The header of a room. `onlineCount` is the number of people who are here now, undefined while it is not known. */
export function RoomHeader({
  room,
  onlineCount,
  may,
  onOpen,
}: {
  room: Room;
  onlineCount: number | undefined;
  may: { invite: boolean; rename: boolean };
  onOpen: (dialog: RoomDialog) => void;
}) {
  const Icon = room.isPrivate ? Lock : Hash;
  return (
    <header className="flex min-h-14 items-center gap-2 border-b border-line px-2 py-1.5 sm:px-4">
      <Link href="/" aria-label={texts.shell.back} className={`${iconButtonClass} md:hidden`}>
        <ArrowLeft aria-hidden size={20} />
      </Link>
      <div className="min-w-0 flex-1">
        <h1 className="flex items-center gap-1.5 text-base font-bold">
          <Icon
            role="img"
            aria-label={room.isPrivate ? t.isPrivate : t.isPublic}
            size={17}
            className="shrink-0 text-soft"
          />
          <span dir="auto" className="truncate">
            {room.name}
          </span>
        </h1>
        {room.topic !== '' && (
          <p dir="auto" className="truncate text-sm text-soft">
            {room.topic}
          </p>
        )}
      </div>
      <button
        type="button"
        onClick={() => onOpen('members')}
        className="inline-flex min-h-9 items-center gap-2 rounded-lg px-2.5 text-sm font-medium hover:bg-tint"
        title={texts.members.open}
      >
        {onlineCount === undefined ? <Users aria-hidden size={16} /> : <PresenceDot isOnline={onlineCount > 0} />}
        <span>{onlineCount === undefined ? texts.members.heading : texts.members.count(onlineCount)}</span>
        <span className="sr-only">, {texts.members.open}</span>
      </button>
      {may.invite && (
        <Button className="max-sm:hidden" onClick={() => onOpen('invite')}>
          <UserPlus aria-hidden size={16} />
          {texts.invite.open}
        </Button>
      )}
      <RoomMenu may={may} onOpen={onOpen} />
    </header>
  );
}

function RoomMenu({
  may,
  onOpen,
}: {
  may: { invite: boolean; rename: boolean };
  onOpen: (dialog: RoomDialog) => void;
}) {
  return (
    <Menu
      trigger={
        <button type="button" className={iconButtonClass} aria-label={t.more} title={t.more}>
          <EllipsisVertical aria-hidden size={19} />
        </button>
      }
    >
      <MenuItem onSelect={() => onOpen('members')}>
        <Users aria-hidden size={15} />
        {texts.members.open}
      </MenuItem>
      {may.invite && (
        <MenuItem onSelect={() => onOpen('invite')}>
          <UserPlus aria-hidden size={15} />
          {texts.invite.open}
        </MenuItem>
      )}
      {may.rename && (
        <MenuItem onSelect={() => onOpen('rename')}>
          <Pencil aria-hidden size={15} />
          {t.rename}
        </MenuItem>
      )}
      <MenuItem danger onSelect={() => onOpen('leave')}>
        <LogOut aria-hidden size={15} />
        {t.leave}
      </MenuItem>
    </Menu>
  );
}
