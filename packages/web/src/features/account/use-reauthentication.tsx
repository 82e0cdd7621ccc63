// Decides what happens when the server wants a proof before something delicate: ask for it, then repeat the request.
import type { Outcome } from '@parley/client';
import { useParley } from '@parley/react';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { hasPasskeys, proveByPasskey } from '../identity/passkey.ts';
import { useFactors } from './account-queries.ts';

const t = accountTexts.proof;

/** Sends something delicate; asks for a proof in between when the server wants one. */
export type Prove = <T>(action: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;

/**
 * Repeats what was refused for want of a proof, once, after the person gave it. Who closes the question gets the refusal.
 *
 * @returns `prompt` is the dialog: render it inside the dialog that asks, so that it stands on top of it
 */
export function useReauthentication(): { prove: Prove; prompt: ReactNode } {
  const [question, setQuestion] = useState<{ answer: (isProved: boolean) => void } | undefined>(undefined);
  const prove: Prove = async (action) => {
    const first = await action();
    if (first.ok || first.problem.code !== 'auth.reauthentication_required') return first;
    const isProved = await new Promise<boolean>((resolve) => setQuestion({ answer: resolve }));
    setQuestion(undefined);
    return isProved ? action() : first;
  };
  const prompt =
    question === undefined ? null : (
      <ProofDialog onProved={() => question.answer(true)} onClose={() => question.answer(false)} />
    );
  return { prove, prompt };
}

type Way = 'password' | 'code' | 'passkey';
const CANCELLED = { title: texts.identity.passkeyCancelled, hint: t.passkeyCancelledHint };

function ProofDialog({ onProved, onClose }: { onProved: () => void; onClose: () => void }) {
  const factors = useFactors();
  const known = factors.data;
  const ways: Way[] = [];
  if (known?.hasPassword === true) ways.push('password');
  if (known !== undefined && known.totp !== null) ways.push('code');
  if (known !== undefined && known.passkeys.length > 0 && hasPasskeys()) ways.push('passkey');
  return (
    <Dialog open onClose={onClose} title={t.title} lead={t.lead}>
      <RetryNotice query={factors} />
      {factors.isPending && <Skeleton lines={2} />}
      {known !== undefined && ways.length === 0 && <p>{t.impossible}</p>}
      {ways.length > 0 && <ProofForm ways={ways} onProved={onProved} onClose={onClose} />}
    </Dialog>
  );
}

function ProofForm({ ways, onProved, onClose }: { ways: readonly Way[]; onProved: () => void; onClose: () => void }) {
  const { api } = useParley();
  const [way, setWay] = useState<Way>(ways[0] ?? 'password');
  const [value, setValue] = useState('');
  const { run, isBusy, problem } = useAction(() => {
    if (way === 'passkey') return proveByPasskey(api, CANCELLED);
    return api.account.reauthenticate(way === 'password' ? { password: value } : { code: value.trim() });
  }, onProved);
  const waitSeconds = useCountdown(problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // React hands events through portals to the form of the dialog below.
    event.stopPropagation();
    if (way === 'passkey' || value !== '') run();
  };
  const change = (next: Way) => (): void => {
    setWay(next);
    setValue('');
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <ProblemNotice problem={problem} />
      {way === 'password' && (
        <PasswordField key="password" label={t.password} value={value} onChange={setValue} autoFocus />
      )}
      {way === 'code' && <CodeField key="code" label={t.code} value={value} onChange={setValue} />}
      {way === 'passkey' && <p>{t.passkeyLead}</p>}
      {ways.length > 1 && (
        <div className="-mx-3.5 flex flex-wrap gap-2">
          {ways
            .filter((other) => other !== way)
            .map((other) => (
              <Button key={other} weight="quiet" onClick={change(other)}>
                {t.use[other]}
              </Button>
            ))}
        </div>
      )}
      <div className="flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>{texts.shell.cancel}</Button>
        <Button type="submit" weight="primary" disabled={isBusy || waitSeconds > 0}>
          {way === 'passkey' && <KeyRound aria-hidden size={16} />}
          {waitSeconds > 0 ? texts.identity.retryIn(waitSeconds) : way === 'passkey' ? t.passkeyDo : t.go}
        </Button>
      </div>
    </form>
  );
}

function CodeField(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label={props.label}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={40}
      autoFocus
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
    />
  );
}
