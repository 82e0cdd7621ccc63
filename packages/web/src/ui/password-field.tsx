// Decides how a password is typed: hidden at first, shown on request, offered to password managers by its kind.
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { texts } from '../texts/en.ts';
import { IconButton } from './button.tsx';
import { TextField } from './field.tsx';

const t = texts.identity;

/** A password. `min` is the shortest that is allowed, given where a new one is chosen. */
export function PasswordField({
  label = t.password,
  value,
  onChange,
  error,
  min,
  name = 'password',
  autoFocus = false,
}: {
  label?: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  min?: number | undefined;
  name?: string;
  autoFocus?: boolean;
}) {
  const [isShown, setIsShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <TextField
      label={label}
      type={isShown ? 'text' : 'password'}
      name={name}
      autoComplete={min === undefined ? 'current-password' : 'new-password'}
      maxLength={1024}
      required
      autoFocus={autoFocus}
      hint={min === undefined ? undefined : t.passwordHint(min)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
      trailing={
        <IconButton label={t.showPassword} aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
          <Icon aria-hidden size={17} />
        </IconButton>
      }
    />
  );
}
