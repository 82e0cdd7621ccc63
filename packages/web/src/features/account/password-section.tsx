// Decides how a password is changed: with the present one, and so that everybody knows what else happens.
import { useParley } from '@parley/react';
import type { User } from '@parley/contract';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Section } from '../../ui/section.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { checkNewPassword } from '../identity/check-credentials.ts';
import { useConfig } from '../identity/use-config.ts';
import { useFactors, useReload } from './account-queries.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.password;

/** The password, or what to do where there is none. */
export function PasswordSection({ user }: { user: User }) {
  const factors = useFactors();
  const reload = useReload();
  const [isChanging, setIsChanging] = useState(false);
  const [done, setDone] = useState<string | undefined>(undefined);
  const hasPassword = factors.data?.hasPassword;
  return (
    <Section
      title={t.title}
      lead={t.lead}
      aside={
        hasPassword !== undefined && (
          <Button onClick={() => setIsChanging(true)}>{hasPassword ? t.change : t.setDo}</Button>
        )
      }
    >
      <RetryNotice query={factors} />
      {factors.isPending && <Skeleton lines={1} />}
      {hasPassword === true && <p>{t.set}</p>}
      {hasPassword === false && <p>{t.unset}</p>}
      <Notice text={done} className="mt-4" />
      {isChanging && (
        <PasswordDialog
          email={user.email}
          hasPassword={hasPassword === true}
          onChanged={() => {
            setIsChanging(false);
            setDone(t.changed);
            void reload('factors');
            void reload('sessions');
          }}
          onClose={() => setIsChanging(false)}
        />
      )}
    </Section>
  );
}

type Errors = { current?: string; fresh?: string };

function PasswordDialog({
  email,
  hasPassword,
  onChanged,
  onClose,
}: {
  email: string;
  hasPassword: boolean;
  onChanged: () => void;
  onClose: () => void;
}) {
  const { api, session } = useParley();
  const config = useConfig();
  const { prove, prompt } = useReauthentication();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const min = config.data?.passwordMinLength ?? 0;
  const { run, isBusy, problem } = useAction(async () => {
    const body = { newPassword: fresh, ...(hasPassword ? { currentPassword: current } : {}) };
    const outcome = await prove(() => api.account.changePassword(body));
    if (outcome.ok) await session.acceptTokens(outcome.value);
    return outcome;
  }, onChanged);
  const waitSeconds = useCountdown(problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const freshError = checkNewPassword(fresh, min);
    const found: Errors = {
      ...(hasPassword && current === '' ? { current: texts.identity.required } : {}),
      ...(freshError === undefined ? {} : { fresh: freshError }),
    };
    setErrors(found);
    if (Object.keys(found).length === 0) run();
  };
  return (
    <Dialog open onClose={onClose} title={hasPassword ? t.change : t.setDo} lead={t.lead}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        {/* Password managers need the name beside the new password. */}
        <input type="email" name="email" autoComplete="username" defaultValue={email} hidden readOnly />
        {hasPassword && (
          <PasswordField label={t.current} value={current} onChange={setCurrent} error={errors.current} autoFocus />
        )}
        <PasswordField
          label={t.fresh}
          name="new-password"
          value={fresh}
          onChange={setFresh}
          error={errors.fresh}
          min={min}
        />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy || waitSeconds > 0}>
            {waitSeconds > 0 ? texts.identity.retryIn(waitSeconds) : hasPassword ? t.change : t.setDo}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}
