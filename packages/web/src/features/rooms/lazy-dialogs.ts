// Decides that the dialogs around rooms are loaded after the first paint, in one go, before anybody asks for one.
import { lazy } from 'react';

const load = () => import('./dialogs.ts');

/** Fetches the dialogs while the browser has nothing else to do; then they open without the network. */
export function preloadDialogs(): void {
  const fetchThem = (): void => {
    // A lost connection is no news here: the dialog itself asks again when it is opened.
    load().catch(() => undefined);
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(fetchThem);
  else setTimeout(fetchThem, 1_000);
}

/** See `create-room-dialog.tsx`. */
export const CreateRoomDialog = lazy(() => load().then((file) => ({ default: file.CreateRoomDialog })));
/** See `browse-rooms-dialog.tsx`. */
export const BrowseRoomsDialog = lazy(() => load().then((file) => ({ default: file.BrowseRoomsDialog })));
/** See `room-switcher.tsx`. */
export const RoomSwitcher = lazy(() => load().then((file) => ({ default: file.RoomSwitcher })));
/** See `invite-dialog.tsx`. */
export const InviteDialog = lazy(() => load().then((file) => ({ default: file.InviteDialog })));
/** See `members-dialog.tsx`. */
export const MembersDialog = lazy(() => load().then((file) => ({ default: file.MembersDialog })));
/** See `rename-room-dialog.tsx`. */
export const RenameRoomDialog = lazy(() => load().then((file) => ({ default: file.RenameRoomDialog })));
