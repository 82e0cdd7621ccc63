// Decides the page behind a reset link: it sets a new password and signs nobody in.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { useApi } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';
import { checkNewPassword } from './check-credentials.ts';
import { useConfig } from './use-config.ts';
import { useLinkToken } from './use-link-token.ts';

const t = texts.identity;

/** `/reset#token`. */
export function ResetPage() {
  const token = useLinkToken();
  const config = useConfig();
  const [usedToken, setUsedToken] = useState<string | undefined>(undefined);
  if (token === undefined)
    return (
      <AuthLayout title={t.resetTitle} lead={t.linkMissing}>
        <Link href="/forgot" className={buttonClass('plain')}>
          {t.forgotDo}
        </Link>
      </AuthLayout>
    );
  if (usedToken === token)
    return (
      <AuthLayout title={t.resetDone} lead={t.resetDoneHint}>
        <Link href="/sign-in" replace className={buttonClass('primary')}>
          {t.toSignIn}
        </Link>
      </AuthLayout>
    );
  return (
    <AuthLayout title={t.resetTitle} lead={t.resetLead}>
      <RetryNotice query={config} />
      {config.isPending && <Skeleton lines={2} />}
      {config.data !== undefined && (
        <ResetForm key={token} token={token} min={config.data.passwordMinLength} onDone={() => setUsedToken(token)} />
      )}
    </AuthLayout>
  );
}

function ResetForm({ token, min, onDone }: { token: string; min: number; onDone: () => void }) {
  const { entry } = useApi();
  const [newPassword, setNewPassword] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const { run, isBusy, problem } = useAction(() => entry.resetPassword({ token, newPassword }), onDone);
  const waitSeconds = useCountdown(problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = checkNewPassword(newPassword, min);
    setError(found);
    if (found === undefined) run();
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <ProblemNotice problem={problem} />
      {problem?.code === 'link.invalid' && (
        <Link href="/forgot" className={buttonClass('plain')}>
          {t.forgotDo}
        </Link>
      )}
      <PasswordField
        label={t.newPassword}
        name="new-password"
        value={newPassword}
        onChange={setNewPassword}
        error={error}
        min={min}
        autoFocus
      />
      <Button type="submit" weight="primary" className="min-h-10" disabled={isBusy || waitSeconds > 0}>
        {waitSeconds > 0 ? t.retryIn(waitSeconds) : t.resetDo}
      </Button>
    </form>
  );
}
