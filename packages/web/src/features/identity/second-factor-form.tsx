// Decides how the second factor is given: the ways that the person has, one at a time.
import type { Outcome, SignedIn } from '@parley/client';
import type { SecondFactorMethod } from '@parley/contract';
import { useParley } from '@parley/react';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { authenticate, hasPasskeys } from './passkey.ts';

const t = texts.identity;
const CANCELLED = { title: t.passkeyCancelled, hint: t.passkeyCancelledHint };

/** The wish for a second factor, as the session gives it. */
export type Wanted = Extract<SignedIn, { kind: 'second-factor' }>;

/** The second step of a sign-in. `onBack` begins anew: a ticket that has ended leads nowhere. */
export function SecondFactorForm({ wanted, onBack }: { wanted: Wanted; onBack: () => void }) {
  const { api, session } = useParley();
  const methods = wanted.methods.filter((method) => method !== 'passkey' || hasPasskeys());
  const [method, setMethod] = useState<SecondFactorMethod>(methods[0] ?? 'recovery_code');
  const [code, setCode] = useState('');

  const give = async (): Promise<Outcome<unknown>> => {
    if (method !== 'passkey') return session.secondFactor({ ticket: wanted.ticket, method, code: code.trim() });
    const given = await authenticate(api, CANCELLED, { ticket: wanted.ticket });
    if (given.ok) await session.acceptTokens(given.value);
    return given;
  };
  const { run, isBusy, problem } = useAction(give);
  const waitSeconds = useCountdown(problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (method === 'passkey' || code.trim() !== '') run();
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit}>
      <ProblemNotice problem={problem} />
      <MethodField method={method} code={code} onChange={setCode} />
      <Button type="submit" weight="primary" className="min-h-10" disabled={isBusy || waitSeconds > 0}>
        {method === 'passkey' && <KeyRound aria-hidden size={16} />}
        {waitSeconds > 0 ? t.retryIn(waitSeconds) : method === 'passkey' ? t.passkeyDo : t.factorDo}
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        {methods
          .filter((other) => other !== method)
          .map((other) => (
            <Button
              key={other}
              weight="quiet"
              onClick={() => {
                setMethod(other);
                setCode('');
              }}
            >
              {t.factorUse[other]}
            </Button>
          ))}
        <Button weight="quiet" onClick={onBack}>
          {t.factorBack}
        </Button>
      </div>
    </form>
  );
}

function MethodField({
  method,
  code,
  onChange,
}: {
  method: SecondFactorMethod;
  code: string;
  onChange: (code: string) => void;
}) {
  if (method === 'passkey') return null;
  const isTotp = method === 'totp';
  return (
    <TextField
      key={method}
      label={isTotp ? t.factorCode : t.factorRecovery}
      hint={isTotp ? t.factorCodeHint : t.factorRecoveryHint}
      name="code"
      inputMode={isTotp ? 'numeric' : 'text'}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={40}
      required
      autoFocus
      value={code}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
