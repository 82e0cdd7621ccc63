// Decides what administrators do with a person's account, and what they are told before.
import type { Outcome } from '@parley/client';
import type { AdminUser, HandedLink, Role } from '@parley/contract';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { adminTexts } from '../../texts/en-admin.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ChoiceField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { useReauthentication } from '../account/use-reauthentication.tsx';

const t = adminTexts.people;
const ROLES = (['member', 'manager', 'admin'] as const).map((value) => ({
  value,
  text: texts.identity.roles[value],
  hint: t.roles[value],
}));

/** What can be done with an account. */
export type PersonAct = 'role' | 'disable' | 'enable' | 'unlock' | 'sign-out' | 'reset-link' | 'reset-factors';

interface PersonProps {
  person: AdminUser;
  /** Called after every try; resolves when the list is fresh. */
  onChanged: () => Promise<void>;
  onClose: () => void;
}

/** The dialog of one act. */
export function PersonDialog({ act, ...props }: PersonProps & { act: PersonAct }) {
  const { admin } = useApi();
  const { id, name } = props.person;
  switch (act) {
    case 'role':
      return <RoleDialog {...props} />;
    case 'reset-link':
      return <ResetLinkDialog {...props} />;
    case 'disable':
      return (
        <ActDialog
          {...props}
          words={[t.disableAsk(name), t.disableLead, t.disableDo]}
          act={() => admin.changeUser(id, { disabled: true })}
        />
      );
    case 'enable':
      return (
        <ActDialog
          {...props}
          words={[t.enableAsk(name), t.enableLead, t.enableDo]}
          act={() => admin.changeUser(id, { disabled: false })}
        />
      );
    case 'unlock':
      return (
        <ActDialog {...props} words={[t.unlockAsk(name), t.unlockLead, t.unlockDo]} act={() => admin.unlockUser(id)} />
      );
    case 'sign-out':
      return (
        <ActDialog
          {...props}
          words={[t.signOutAsk(name), t.signOutLead, t.signOutDo]}
          act={() => admin.signOutUser(id)}
        />
      );
    case 'reset-factors':
      return (
        <ActDialog
          {...props}
          words={[t.resetFactorsAsk(name), t.resetFactorsLead, t.resetFactorsDo]}
          act={() => admin.resetFactors(id)}
        />
      );
    default:
      return act satisfies never;
  }
}

function ActDialog({
  words: [title, lead, action],
  act,
  onChanged,
  onClose,
}: PersonProps & {
  words: readonly [title: string, lead: string, action: string];
  act: () => Promise<Outcome<unknown>>;
}) {
  const { prove, prompt } = useReauthentication();
  return (
    <ConfirmDialog
      title={title}
      lead={lead}
      action={action}
      onConfirm={async () => {
        const outcome = await prove(act);
        await onChanged();
        return outcome;
      }}
      onClose={onClose}
    >
      {prompt}
    </ConfirmDialog>
  );
}

function RoleDialog({ person, onChanged, onClose }: PersonProps) {
  const { admin } = useApi();
  const { prove, prompt } = useReauthentication();
  const [role, setRole] = useState<Role>(person.role);
  const { run, isBusy, problem } = useAction(async () => {
    const outcome = await prove(() => admin.changeUser(person.id, { role }));
    await onChanged();
    return outcome;
  }, onClose);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (role === person.role) onClose();
    else run();
  };
  return (
    <Dialog open onClose={onClose} title={t.roleTitle(person.name)} lead={t.roleLead}>
      <form className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        <ChoiceField label={t.role} value={role} options={ROLES} onChange={setRole} />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy}>
            {t.roleDo}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}

function ResetLinkDialog({ person, onChanged, onClose }: PersonProps) {
  const { admin } = useApi();
  const { prove, prompt } = useReauthentication();
  const [link, setLink] = useState<HandedLink | undefined>(undefined);
  const { run, isBusy, problem } = useAction(async () => {
    const outcome = await prove(() => admin.makeResetLink(person.id));
    await onChanged();
    return outcome;
  }, setLink);
  return (
    <Dialog open onClose={onClose} title={t.resetTitle(person.name)} lead={t.resetLead}>
      <ProblemNotice problem={problem} className="mb-4" />
      {link !== undefined && (
        <ShownOnce
          label={t.link}
          value={link.url}
          hint={t.linkEnds(dayAndTime(link.expiresAt))}
          copyLabel={t.copyLink}
        />
      )}
      <div className="mt-3 flex flex-wrap justify-end gap-3">
        {link === undefined && <Button onClick={onClose}>{texts.shell.cancel}</Button>}
        <Button weight="primary" disabled={isBusy} onClick={() => (link === undefined ? run() : onClose())}>
          {link === undefined ? t.resetDo : t.done}
        </Button>
      </div>
      {prompt}
    </Dialog>
  );
}
