// Decides which dialog of a room is open.
import type { Room, User } from '@parley/contract';
import { useParley } from '@parley/react';
import { texts } from '../../texts/en.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import type { RoomDialog } from '../messages/room-header.tsx';
import { InviteDialog, MembersDialog, RenameRoomDialog } from './lazy-dialogs.ts';
import { roomMay } from './may.ts';

/** The open dialog of a room, nothing without one. */
export function RoomDialogs({
  room,
  user,
  dialog,
  onlineIds,
  onClose,
}: {
  room: Room;
  user: User;
  dialog: RoomDialog | undefined;
  onlineIds: ReadonlySet<string>;
  onClose: () => void;
}) {
  const { rooms } = useParley();
  switch (dialog) {
    case undefined:
      return null;
    case 'members':
      return (
        <MembersDialog
          room={room}
          selfId={user.id}
          onlineIds={onlineIds}
          mayManage={roomMay(room, user).manage}
          onClose={onClose}
        />
      );
    case 'invite':
      return <InviteDialog room={room} user={user} onClose={onClose} />;
    case 'rename':
      return <RenameRoomDialog room={room} onClose={onClose} />;
    case 'leave':
      return (
        <ConfirmDialog
          title={texts.rooms.leaveAsk(room.name)}
          lead={texts.rooms.leaveHint}
          action={texts.rooms.leave}
          onConfirm={() => rooms.leave(room.id)}
          onClose={onClose}
        />
      );
    default:
      return dialog satisfies never;
  }
}
