// Decides which dialogs travel together in one file of the build.
export { BrowseRoomsDialog } from './browse-rooms-dialog.tsx';
export { CreateRoomDialog } from './create-room-dialog.tsx';
export { InviteDialog } from './invite-dialog.tsx';
export { MembersDialog } from './members-dialog.tsx';
export { RenameRoomDialog } from './rename-room-dialog.tsx';
export { RoomSwitcher } from './room-switcher.tsx';
