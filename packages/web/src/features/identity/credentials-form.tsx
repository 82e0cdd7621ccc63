// Decides the form that every way in shares: which fields it has, what is checked before sending, how refusals show.
import type { Outcome, ParleyProblem } from '@parley/client';
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { texts } from '../../texts/en.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { checkCredentials, fieldErrors } from './check-credentials.ts';
import type { Credentials, FieldErrors } from './check-credentials.ts';

const t = texts.identity;

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
  const set = (field: keyof Credentials) => (event: { target: { value: string } }) =>
    setCredentials((before) => ({ ...before, [field]: event.target.value }));
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <ProblemNotice problem={problem} />
      <TextField
        label={t.email}
        type="email"
        name="email"
        autoComplete={isNew ? 'email' : 'username'}
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
        onChange={set('password')}
        error={errors.password}
        min={passwordMinLength}
      />
      <Button type="submit" weight="primary" className="mt-1 min-h-10" disabled={isBusy}>
        {action}
      </Button>
      {children}
    </form>
  );
}

function PasswordField({
  value,
  onChange,
  error,
  min,
}: {
  value: string;
  onChange: (event: { target: { value: string } }) => void;
  error: string | undefined;
  min: number | undefined;
}) {
  const [isShown, setIsShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <TextField
      label={t.password}
      type={isShown ? 'text' : 'password'}
      name="password"
      autoComplete={min === undefined ? 'current-password' : 'new-password'}
      maxLength={1024}
      required
      hint={min === undefined ? undefined : t.passwordHint(min)}
      value={value}
      onChange={onChange}
      error={error}
      trailing={
        <IconButton label={t.showPassword} aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
          <Icon aria-hidden size={17} />
        </IconButton>
      }
    />
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
