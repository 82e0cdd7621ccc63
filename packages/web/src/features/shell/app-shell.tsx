// Decides the frame of the app: rail, list and conversation side by side; one of them at a time on a phone.
import type { Room, User } from '@parley/contract';
import { useRooms } from '@parley/react';
import { MessagesSquare } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ConnectionLine } from '../connection/connection-line.tsx';
import { RoomPage } from '../messages/room-page.tsx';
import { BrowseRoomsDialog, CreateRoomDialog, RoomSwitcher, preloadDialogs } from '../rooms/lazy-dialogs.ts';
import { RoomList } from '../rooms/room-list.tsx';
import { neighbourRoom } from '../rooms/room-order.ts';
import { Rail } from './rail.tsx';
import { isMac, shortcutOf } from './shortcuts.ts';

type ShellDialog = 'create' | 'browse' | 'switch';

/** The app of a person who is signed in. `roomId` is the room of the address, undefined at `/`. */
export function AppShell({ user, roomId }: { user: User; roomId: string | undefined }) {
  const list = useRooms();
  const [dialog, setDialog] = useState<ShellDialog | undefined>(undefined);
  const [, navigate] = useLocation();
  const isListKnown = list.status === 'ready' || list.rooms.length > 0;
  useEffect(preloadDialogs, []);
  const open = (id: string): void => {
    setDialog(undefined);
    navigate(`/rooms/${id}`);
  };
  useShortcuts(list.rooms, roomId, { open, openSwitcher: () => setDialog('switch') });
  useTitle(list.unread, list.rooms.find((room) => room.id === roomId)?.name);

  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-raised px-4 py-2 font-semibold focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {texts.app.skip}
      </a>
      <header className={`order-last md:order-none ${roomId === undefined ? '' : 'max-md:hidden'}`}>
        <Rail user={user} />
      </header>
      <div
        className={`flex min-h-0 flex-col border-line bg-panel max-md:flex-1 md:w-72 md:border-r ${roomId === undefined ? '' : 'max-md:hidden'}`}
      >
        <ProblemNotice problem={list.problem ?? undefined} className="m-3 mb-0" />
        <div className="min-h-0 flex-1">
          <RoomList
            rooms={isListKnown ? list.rooms : undefined}
            currentId={roomId}
            events={{
              onCreate: () => setDialog('create'),
              onBrowse: () => setDialog('browse'),
              onSwitch: () => setDialog('switch'),
            }}
          />
        </div>
        <ConnectionLine />
      </div>
      <main
        id="main"
        tabIndex={-1}
        className={`flex min-h-0 min-w-0 flex-1 flex-col bg-paper outline-none ${roomId === undefined ? 'max-md:hidden' : ''}`}
      >
        {roomId === undefined ? (
          <NoRoom hasRooms={list.rooms.length > 0} isListKnown={isListKnown} onOpen={setDialog} />
        ) : (
          <>
            <div className="md:hidden">
              <ConnectionLine isHiddenWhenLive />
            </div>
            <div className="min-h-0 flex-1">
              <RoomPage
                roomId={roomId}
                room={list.rooms.find((room) => room.id === roomId)}
                isListKnown={isListKnown}
                user={user}
              />
            </div>
          </>
        )}
      </main>
      <Suspense fallback={null}>
        <ShellDialogs dialog={dialog} rooms={list.rooms} onOpenRoom={open} onClose={() => setDialog(undefined)} />
      </Suspense>
    </div>
  );
}

function NoRoom({
  hasRooms,
  isListKnown,
  onOpen,
}: {
  hasRooms: boolean;
  isListKnown: boolean;
  onOpen: (dialog: ShellDialog) => void;
}) {
  if (!isListKnown) return null;
  if (hasRooms)
    return (
      <div className="flex flex-1 items-center">
        <Empty
          isPage
          icon={<MessagesSquare size={26} />}
          title={texts.rooms.pick}
          hint={texts.rooms.pickHint(texts.shell.shortcut(isMac()))}
        />
      </div>
    );
  return (
    <div className="flex flex-1 items-center">
      <Empty isPage icon={<MessagesSquare size={26} />} title={texts.rooms.none} hint={texts.rooms.noneHint}>
        <Button weight="primary" onClick={() => onOpen('create')}>
          {texts.rooms.create}
        </Button>
        <Button onClick={() => onOpen('browse')}>{texts.rooms.browse}</Button>
      </Empty>
    </div>
  );
}

function ShellDialogs({
  dialog,
  rooms,
  onOpenRoom,
  onClose,
}: {
  dialog: ShellDialog | undefined;
  rooms: readonly Room[];
  onOpenRoom: (roomId: string) => void;
  onClose: () => void;
}) {
  if (dialog === 'create') return <CreateRoomDialog onCreated={(room) => onOpenRoom(room.id)} onClose={onClose} />;
  if (dialog === 'browse') return <BrowseRoomsDialog onJoined={(room) => onOpenRoom(room.id)} onClose={onClose} />;
  if (dialog === 'switch') return <RoomSwitcher rooms={rooms} onOpen={onOpenRoom} onClose={onClose} />;
  return null;
}

function useShortcuts(
  rooms: readonly Room[],
  roomId: string | undefined,
  acts: { open: (id: string) => void; openSwitcher: () => void },
): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const shortcut = shortcutOf(event);
      if (shortcut === undefined) return;
      event.preventDefault();
      if (shortcut === 'switcher') acts.openSwitcher();
      else {
        const room = neighbourRoom(rooms, roomId, shortcut === 'next-room' ? 1 : -1);
        if (room !== undefined) acts.open(room.id);
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}

function useTitle(unread: number, roomName: string | undefined): void {
  useEffect(() => {
    document.title = texts.app.title(unread, roomName);
  }, [unread, roomName]);
}
