// Decides how an invitation link is made: role and lifetime first, then the link, shown once, with its end.
import type { Invitation, Role, Room, User } from '@parley/contract';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';

const t = texts.invite;
const LIFETIME_SECONDS = { hour: 3_600, day: 86_400, week: 7 * 86_400, month: 30 * 86_400 } as const;
type Lifetime = keyof typeof LIFETIME_SECONDS;
const LIFETIMES = (['hour', 'day', 'week', 'month'] as const).map((value) => ({ value, text: t.lifetimes[value] }));

/** Whom a person may invite as; administrators everything, others no more than members. */
const offeredRoles = (user: Pick<User, 'role'>): readonly Role[] =>
  user.role === 'admin' ? ['member', 'manager', 'admin'] : ['member'];

/** Makes a link for one person into `room`. */
export function InviteDialog({ room, user, onClose }: { room: Room; user: User; onClose: () => void }) {
  const [invitation, setInvitation] = useState<Invitation | undefined>(undefined);
  return (
    <Dialog open onClose={onClose} title={t.title(room.name)} lead={t.lead}>
      {invitation === undefined ? (
        <InviteForm room={room} user={user} onMade={setInvitation} />
      ) : (
        <InviteLink invitation={invitation} onAnother={() => setInvitation(undefined)} />
      )}
    </Dialog>
  );
}

function InviteForm({ room, user, onMade }: { room: Room; user: User; onMade: (invitation: Invitation) => void }) {
  const api = useApi();
  const [role, setRole] = useState<Role>('member');
  const [lifetime, setLifetime] = useState<Lifetime>('week');
  const roles = offeredRoles(user).map((value) => ({ value, text: texts.identity.roles[value] }));
  const { run, isBusy, problem } = useAction(
    () => api.invite({ role, roomId: room.id, expiresInSeconds: LIFETIME_SECONDS[lifetime] }),
    onMade,
  );
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <ProblemNotice problem={problem} />
      {roles.length > 1 && <SelectField label={t.role} value={role} options={roles} onChange={setRole} />}
      <SelectField label={t.lives} value={lifetime} options={LIFETIMES} onChange={setLifetime} />
      <Button type="submit" weight="primary" disabled={isBusy}>
        {t.make}
      </Button>
    </form>
  );
}

function InviteLink({ invitation, onAnother }: { invitation: Invitation; onAnother: () => void }) {
  return (
    <div className="grid gap-4">
      <TextField
        label={t.link}
        hint={t.ends(dayAndTime(invitation.expiresAt))}
        readOnly
        autoFocus
        value={invitation.url}
        onFocus={(event) => event.target.select()}
      />
      <div className="flex flex-wrap justify-end gap-3">
        <Button onClick={onAnother}>{t.another}</Button>
        <CopyButton text={invitation.url} label={t.copy} />
      </div>
    </div>
  );
}
