// Decides how a room is put together: header, log, typing line, composer, and the dialogs that belong to it.
import type { Room, User } from '@parley/contract';
import { useMessages, usePresence, useTyping } from '@parley/react';
import { DoorClosed } from 'lucide-react';
import { Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { buttonClass } from '../../ui/button.tsx';
import { localDay } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { roomMay } from '../rooms/may.ts';
import { RoomDialogs } from '../rooms/room-dialogs.tsx';
import { Announcer } from './announcer.tsx';
import { Composer } from './composer.tsx';
import { browserStorage, openDrafts } from './drafts.ts';
import { MessageList } from './message-list.tsx';
import type { MessageListHandle } from './message-list.tsx';
import { RoomHeader } from './room-header.tsx';
import type { RoomDialog } from './room-header.tsx';
import { createShownItems } from './shown-items.ts';
import { lastOwnMessage, timelineRows } from './timeline-rows.ts';
import { TypingLine } from './typing-line.tsx';
import { useEditing } from './use-editing.ts';
import { useNewDivider } from './use-new-divider.ts';

/** One room for one of its members; mount it anew for another room. */
export function RoomPane({ room, user }: { room: Room; user: User }) {
  const [dialog, setDialog] = useState<RoomDialog | undefined>(undefined);
  const presence = usePresence(room.id);
  const may = roomMay(room, user);
  const people = presence.name === 'known' ? presence.people : [];
  return (
    <section aria-label={room.name} className="flex h-full min-h-0 flex-col">
      <RoomHeader
        room={room}
        onlineCount={presence.name === 'known' ? presence.count : undefined}
        may={may}
        onOpen={setDialog}
      />
      <Conversation room={room} user={user} mayModerate={may.moderate} />
      <Suspense fallback={null}>
        <RoomDialogs
          room={room}
          user={user}
          dialog={dialog}
          onlineIds={new Set(people.map(({ id }) => id))}
          onClose={() => setDialog(undefined)}
        />
      </Suspense>
    </section>
  );
}

function Conversation({ room, user, mayModerate }: { room: Room; user: User; mayModerate: boolean }) {
  const log = useMessages(room.id);
  const typing = useTyping(room.id);
  const list = useRef<MessageListHandle>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [drafts] = useState(() => openDrafts(browserStorage(), user.id));
  const toShown = useMemo(() => createShownItems(user), [user]);
  const messages = useMemo(() => toShown(log.messages), [toShown, log.messages]);
  const newAfterSeq = useNewDivider(room);
  const rows = useMemo(
    () => timelineRows(messages, { dayOf: localDay, newAfterSeq, selfId: user.id }),
    [messages, newAfterSeq, user.id],
  );
  const editing = useEditing({ list, field });
  const { send, retry, discard, edit, remove, markRead, loadOlder: older, loadNewer: newer, loadNewest: newest } = log;
  const context = useMemo(
    () => ({
      selfId: user.id,
      mayModerate,
      actions: { send, retry, discard, edit, remove },
      editingKey: editing.key,
      onEdit: editing.fromRow,
    }),
    [user.id, mayModerate, send, retry, discard, edit, remove, editing.key, editing.fromRow],
  );
  const loadOlder = useCallback(() => void older(), [older]);
  const loadNewer = useCallback(() => void newer(), [newer]);
  const loadNewest = useCallback(() => void newest(), [newest]);

  if (log.status.name === 'denied') return <AccessLost />;
  const isLoading = messages.length === 0 && (log.status.name === 'loading' || log.status.name === 'idle');
  return (
    <>
      {log.status.name === 'failed' && <ProblemNotice problem={log.status.problem} className="px-4 pt-2" />}
      {isLoading && <Skeleton lines={9} className="flex-1 content-end p-6" />}
      {!isLoading && messages.length === 0 && <Blank roomName={room.name} />}
      {messages.length > 0 && (
        <MessageList
          key={log.generation}
          roomName={room.name}
          rows={rows}
          history={{ hasOlder: log.hasOlder, hasNewer: log.hasNewer, loadOlder, loadNewer, loadNewest }}
          context={context}
          markRead={markRead}
          handle={list}
        />
      )}
      <Announcer messages={messages} roomName={room.name} selfId={user.id} />
      <TypingLine typers={typing.typers} />
      <div className="pb-3 sm:pb-4">
        <Composer
          room={room}
          drafts={drafts}
          send={send}
          field={field}
          events={{
            onKeystroke: typing.keystroke,
            onStop: typing.stop,
            onEditLast: () => editing.fromComposer(lastOwnMessage(messages, user.id)?.key),
            onSent: () => list.current?.toLatest(),
          }}
        />
      </div>
    </>
  );
}

function Blank({ roomName }: { roomName: string }) {
  return (
    <div className="flex flex-1 items-center">
      <Empty title={texts.messages.empty(roomName)} hint={texts.messages.emptyHint} />
    </div>
  );
}

function AccessLost() {
  return (
    <Empty icon={<DoorClosed size={26} />} title={texts.rooms.lost} hint={texts.rooms.lostHint}>
      <Link href="/" className={buttonClass('primary')}>
        {texts.app.toRooms}
      </Link>
    </Empty>
  );
}
