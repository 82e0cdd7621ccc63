// Decides the page where people ask for a link to set a new password; its answer never tells who has an account.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { useApi } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';

const t = texts.identity;

/** `/forgot`. */
export function ForgotPage() {
  const { entry } = useApi();
  const [email, setEmail] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const [sentTo, setSentTo] = useState<string | undefined>(undefined);
  const { run, isBusy, problem } = useAction(
    () => entry.forgotPassword({ email }),
    () => setSentTo(email.trim()),
  );
  const waitSeconds = useCountdown(problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const isMissing = email.trim() === '';
    setError(isMissing ? t.required : undefined);
    if (!isMissing) run();
  };
  if (sentTo !== undefined)
    return (
      <AuthLayout title={t.checkMail} lead={t.forgotSent(sentTo)}>
        <p className="text-sm text-soft">{t.forgotNoMail}</p>
        <Link href="/sign-in" className={`${buttonClass('plain')} mt-5`}>
          {t.toSignIn}
        </Link>
      </AuthLayout>
    );
  return (
    <AuthLayout title={t.forgotTitle} lead={t.forgotLead}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        <TextField
          label={t.email}
          type="email"
          name="email"
          autoComplete="username"
          maxLength={254}
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={error}
        />
        <Button type="submit" weight="primary" className="min-h-10" disabled={isBusy || waitSeconds > 0}>
          {waitSeconds > 0 ? t.retryIn(waitSeconds) : t.forgotDo}
        </Button>
        <Link href="/sign-in" className="justify-self-center py-1 text-sm text-accent underline underline-offset-2">
          {t.toSignIn}
        </Link>
      </form>
    </AuthLayout>
  );
}
