// Decides what a person sees of their own profile, and how the address is changed.
import type { User } from '@parley/contract';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Section } from '../../ui/section.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { useFactors } from './account-queries.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.profile;

/** Name, address, role. */
export function ProfileSection({ user }: { user: User }) {
  const { account } = useApi();
  const [isChanging, setIsChanging] = useState(false);
  const [done, setDone] = useState<string | undefined>(undefined);
  const verify = useAction(
    () => account.verifyEmail(),
    () => setDone(t.verifySent),
  );
  return (
    <Section title={t.title} lead={t.lead}>
      <Notice text={done} className="mb-4" />
      <ProblemNotice problem={verify.problem} className="mb-4" />
      <dl className="grid gap-3 sm:grid-cols-[10rem_1fr]">
        {(
          [
            [t.name, user.name],
            [t.email, user.email],
            [t.role, texts.identity.roles[user.role]],
            [t.since, dayAndTime(user.createdAt)],
          ] as const
        ).map(([term, value]) => (
          <div key={term} className="contents">
            <dt className="text-sm text-soft sm:pt-0.5">{term}</dt>
            <dd className="font-medium wrap-anywhere max-sm:-mt-2.5">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-5 flex flex-wrap gap-3">
        <Button onClick={() => setIsChanging(true)}>{t.change}</Button>
        <Button weight="quiet" disabled={verify.isBusy} onClick={() => verify.run()}>
          {t.verify}
        </Button>
      </div>
      {isChanging && (
        <EmailDialog
          onSent={(email) => {
            setIsChanging(false);
            setDone(t.changed(email));
          }}
          onClose={() => setIsChanging(false)}
        />
      )}
    </Section>
  );
}

function EmailDialog({ onSent, onClose }: { onSent: (email: string) => void; onClose: () => void }) {
  const { account } = useApi();
  const factors = useFactors();
  const hasPassword = factors.data?.hasPassword !== false;
  const { prove, prompt } = useReauthentication();
  const [email, setEmail] = useState('');
  const [currentPassword, setCurrentPassword] = useState('');
  const { run, isBusy, problem } = useAction(
    () => prove(() => account.changeEmail({ email, ...(hasPassword ? { currentPassword } : {}) })),
    () => onSent(email),
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (email.trim() !== '' && (!hasPassword || currentPassword !== '')) run();
  };
  return (
    <Dialog open onClose={onClose} title={t.change} lead={t.changeLead}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        <TextField
          label={t.newEmail}
          type="email"
          name="email"
          autoComplete="email"
          maxLength={254}
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        {hasPassword && (
          <PasswordField label={accountTexts.password.current} value={currentPassword} onChange={setCurrentPassword} />
        )}
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy}>
            {t.changeDo}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}
