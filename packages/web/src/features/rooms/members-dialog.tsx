// Decides how the members of a room are shown, removed by owners, and added from the people on the server.
import type { Member, Room } from '@parley/contract';
import { useMembers } from '@parley/react';
import { UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { PresenceDot } from '../../ui/presence-dot.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useApi } from '../../use-api.ts';
import { WithQueries } from '../../with-queries.tsx';
import { AddPeople } from './add-people.tsx';

const t = texts.members;

/** The members of `room`. `onlineIds` are those who are here now; `mayManage` shows adding and removing. */
export function MembersDialog({
  room,
  selfId,
  onlineIds,
  mayManage,
  onClose,
}: {
  room: Room;
  selfId: string;
  onlineIds: ReadonlySet<string>;
  mayManage: boolean;
  onClose: () => void;
}) {
  const { members: known, reload } = useMembers(room.id);
  const members = known.name === 'known' ? known.members : undefined;
  const [leaving, setLeaving] = useState<Member | undefined>(undefined);
  const [isAdding, setIsAdding] = useState(false);
  const api = useApi();
  return (
    <Dialog open onClose={onClose} title={t.heading} lead={texts.rooms.members(room.memberCount)}>
      <ProblemNotice problem={known.name === 'failed' ? known.problem : undefined} className="mb-3" />
      {mayManage && !isAdding && (
        <Button className="mb-3" onClick={() => setIsAdding(true)}>
          <UserPlus aria-hidden size={16} />
          {t.add}
        </Button>
      )}
      {isAdding && (
        <WithQueries>
          <AddPeople room={room} memberIds={new Set(members?.map(({ id }) => id))} onAdded={() => void reload()} />
        </WithQueries>
      )}
      {known.name === 'unknown' && <Skeleton lines={5} />}
      <ul aria-label={t.heading} className="grid gap-0.5">
        {members?.map((member) => (
          <MemberEntry
            key={member.id}
            member={member}
            isSelf={member.id === selfId}
            isOnline={onlineIds.has(member.id)}
            onRemove={mayManage && member.id !== selfId ? () => setLeaving(member) : undefined}
          />
        ))}
      </ul>
      {known.name === 'known' && !known.isComplete && <p className="mt-3 text-sm text-soft">{t.incomplete}</p>}
      {leaving !== undefined && (
        <ConfirmDialog
          title={t.removeAsk(leaving.name, room.name)}
          lead={t.removeHint}
          action={t.removeDo}
          onConfirm={async () => {
            const outcome = await api.removeMember({ roomId: room.id, userId: leaving.id });
            await reload();
            return outcome;
          }}
          onClose={() => setLeaving(undefined)}
        />
      )}
    </Dialog>
  );
}

function MemberEntry({
  member,
  isSelf,
  isOnline,
  onRemove,
}: {
  member: Member;
  isSelf: boolean;
  isOnline: boolean;
  onRemove: (() => void) | undefined;
}) {
  return (
    <li className="flex min-h-11 items-center gap-3">
      <Avatar id={member.id} name={member.name} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          {member.name}
          {isSelf && ` (${t.you})`}
        </span>
        <span className="flex items-center gap-1.5 text-sm text-soft">
          <PresenceDot isOnline={isOnline} />
          {isOnline ? t.online : t.away}
          {member.role === 'owner' && ` · ${t.owner}`}
        </span>
      </span>
      {onRemove !== undefined && (
        <IconButton label={t.remove(member.name)} onClick={onRemove}>
          <UserMinus aria-hidden size={17} />
        </IconButton>
      )}
    </li>
  );
}
