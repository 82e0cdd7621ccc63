// Decides how a key for a program is asked for: its name, what it may do, how long it lives.
import { RIGHTS, RIGHT_NAMES, hasRight } from '@parley/contract';
import type { ApiKeyCreated, Right, User } from '@parley/contract';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.keys;
const LIFE_DAYS = { month: 30, quarter: 90, half: 180, year: 365 } as const;
type Life = keyof typeof LIFE_DAYS;
const LIVES = (['month', 'quarter', 'half', 'year'] as const).map((value) => ({ value, text: t.lives[value] }));

/** What a key of this person can be given: what keys may have at all, as far as the role reaches. */
export const offeredScopes = (user: Pick<User, 'role'>): readonly Right[] =>
  RIGHT_NAMES.filter((right) => RIGHTS[right].grantable && hasRight({ role: user.role, scopes: null }, right));

/** Asks for a key; `onMade` gets it with its secret. */
export function CreateKeyDialog({
  user,
  onMade,
  onClose,
}: {
  user: User;
  onMade: (made: ApiKeyCreated) => void;
  onClose: () => void;
}) {
  const { account } = useApi();
  const { prove, prompt } = useReauthentication();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Right[]>([]);
  const [life, setLife] = useState<Life>('quarter');
  const [isChecked, setIsChecked] = useState(false);
  const { run, isBusy, problem } = useAction(
    () => prove(() => account.createApiKey({ name, scopes: [...scopes], expiresInDays: LIFE_DAYS[life] })),
    onMade,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsChecked(true);
    if (name.trim() !== '' && scopes.length > 0) run();
  };
  return (
    <Dialog open onClose={onClose} title={t.create} lead={t.createLead}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        <TextField
          label={t.name}
          hint={t.nameHint}
          maxLength={80}
          required
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={isChecked && name.trim() === '' ? texts.identity.required : undefined}
        />
        <ScopesField
          offered={offeredScopes(user)}
          value={scopes}
          onChange={setScopes}
          error={isChecked && scopes.length === 0 ? t.scopesNone : undefined}
        />
        <SelectField label={t.life} value={life} options={LIVES} onChange={setLife} />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy}>
            {t.createDo}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}

function ScopesField({
  offered,
  value,
  onChange,
  error,
}: {
  offered: readonly Right[];
  value: readonly Right[];
  onChange: (value: readonly Right[]) => void;
  error: string | undefined;
}) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-semibold">{t.scopes}</legend>
      <div className="grid gap-0.5">
        {offered.map((right) => (
          <label
            key={right}
            className="flex min-h-8 cursor-pointer items-start gap-3 rounded-lg px-1 py-1 hover:bg-tint"
          >
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-accent"
              checked={value.includes(right)}
              onChange={(event) =>
                onChange(event.target.checked ? [...value, right] : value.filter((other) => other !== right))
              }
            />
            <span className="min-w-0 text-sm">
              <span className="block font-mono text-[0.8125rem] font-medium">{right}</span>
              <span className="block text-soft">{RIGHTS[right].allows}</span>
            </span>
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p role="alert" className="mt-1 text-sm font-medium text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
