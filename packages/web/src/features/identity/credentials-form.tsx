// Decides the form that every way in shares: which fields it has, what is checked before sending, how refusals show.
import type { Outcome, ParleyProblem } from '@parley/client';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Delayed } from '../../ui/delayed.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useCountdown } from '../../ui/use-countdown.ts';
import { checkCredentials, fieldErrors } from './check-credentials.ts';
import type { Credentials, FieldErrors } from './check-credentials.ts';

const t = texts.identity;
/** A sign-in that takes longer is doing the work that the server asked for, or waits in its queue; in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * E-mail address and password, and a name where an account is made (`passwordMinLength` is given then).
 * `onSubmit` is called once at a time; its refusal is shown, at the fields where it names them.
 */
export function CredentialsForm({
  action,
  passwordMinLength,
  onSubmit,
  children,
}: {
  action: string;
  passwordMinLength?: number;
  onSubmit: (credentials: Credentials) => Promise<Outcome<unknown>>;
  children?: ReactNode;
}) {
  const isNew = passwordMinLength !== undefined;
  const [credentials, setCredentials] = useState<Credentials>({ email: '', name: '', password: '' });
  const { errors, problem, isBusy, submit } = useSubmit(credentials, passwordMinLength, onSubmit);
  const waitSeconds = useCountdown(problem);
  const put = (field: keyof Credentials) => (value: string) =>
    setCredentials((before) => ({ ...before, [field]: value }));
  const set = (field: keyof Credentials) => (event: { target: { value: string } }) => put(field)(event.target.value);
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <ProblemNotice problem={problem} />
      <TextField
        label={t.email}
        type="email"
        name="email"
        autoComplete={isNew ? 'email' : 'username webauthn'}
        maxLength={254}
        required
        autoFocus
        value={credentials.email}
        onChange={set('email')}
        error={errors.email}
      />
      {isNew && (
        <TextField
          label={t.name}
          name="name"
          autoComplete="name"
          maxLength={80}
          required
          hint={t.nameHint}
          value={credentials.name}
          onChange={set('name')}
          error={errors.name}
        />
      )}
      <PasswordField
        value={credentials.password}
        onChange={put('password')}
        error={errors.password}
        min={passwordMinLength}
      />
      <Button type="submit" weight="primary" className="mt-1 min-h-10" disabled={isBusy || waitSeconds > 0}>
        {waitSeconds > 0 ? t.retryIn(waitSeconds) : action}
      </Button>
      {isBusy && (
        <Delayed afterMs={PATIENCE_MS}>
          <p role="status" className="text-sm text-soft">
            {t.proving}
          </p>
        </Delayed>
      )}
      {children}
    </form>
  );
}

function useSubmit(
  credentials: Credentials,
  passwordMinLength: number | undefined,
  onSubmit: (credentials: Credentials) => Promise<Outcome<unknown>>,
) {
  const [errors, setErrors] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<ParleyProblem | undefined>(undefined);
  const [isBusy, setIsBusy] = useState(false);

  async function send(): Promise<void> {
    setIsBusy(true);
    try {
      const outcome = await onSubmit(credentials);
      if (outcome.ok) return;
      setErrors(fieldErrors(outcome.problem.errors));
      setProblem(outcome.problem);
    } finally {
      setIsBusy(false);
    }
  }

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy) return;
    const found = checkCredentials(credentials, passwordMinLength);
    setErrors(found);
    setProblem(undefined);
    if (Object.keys(found).length === 0) void send();
  };
  return { errors, problem, isBusy, submit };
}
