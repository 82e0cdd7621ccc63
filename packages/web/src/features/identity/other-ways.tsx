// Decides the ways in beside the password: a passkey by a button or from the field for the address, and providers.
import type { Outcome } from '@parley/client';
import type { Provider } from '@parley/contract';
import { useParley } from '@parley/react';
import { KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { authenticate, hasPasskeyAutofill, hasPasskeys } from './passkey.ts';

const t = texts.identity;
const CANCELLED = { title: t.passkeyCancelled, hint: t.passkeyCancelledHint };
/** The server forgets a challenge after five minutes; the offer in the field is renewed before, in milliseconds. */
const RENEW_MS = 240_000;

/** A passkey and the providers, under the form for the password. */
export function OtherWays({ providers }: { providers: readonly Provider[] }) {
  const isUsable = hasPasskeys();
  if (!isUsable && providers.length === 0) return null;
  return (
    <div className="mt-5 grid gap-3">
      <Or />
      {isUsable && <PasskeyButton />}
      {providers.map((provider) => (
        <ProviderButton key={provider.id} provider={provider} invitation={undefined} />
      ))}
    </div>
  );
}

/** The providers alone, where an account is made with an invitation. */
export function ProviderButtons({
  providers,
  invitation,
}: {
  providers: readonly Provider[];
  invitation: string | undefined;
}) {
  if (providers.length === 0) return null;
  return (
    <div className="mt-5 grid gap-3">
      <Or />
      {providers.map((provider) => (
        <ProviderButton key={provider.id} provider={provider} invitation={invitation} />
      ))}
    </div>
  );
}

const Or = () => (
  <p aria-hidden className="flex items-center gap-3 text-sm text-soft">
    <span className="h-px flex-1 bg-line" />
    {t.or}
    <span className="h-px flex-1 bg-line" />
  </p>
);

function PasskeyButton() {
  const { api, session } = useParley();
  const [round, setRound] = useState(0);
  const signIn = async (): Promise<Outcome<unknown>> => {
    const given = await authenticate(api, CANCELLED, {});
    if (given.ok) await session.acceptTokens(given.value);
    // The button's question ended the one that waited in the field.
    else setRound((before) => before + 1);
    return given;
  };
  const { run, isBusy, problem } = useAction(signIn);
  useAutofill(round, isBusy);
  return (
    <>
      <ProblemNotice problem={problem} />
      <Button className="min-h-10" disabled={isBusy} onClick={() => run()}>
        <KeyRound aria-hidden size={16} />
        {t.passkeyDo}
      </Button>
    </>
  );
}

/** Offers passkeys in the field for the address. Silent: whoever does not pick one never hears of it. */
function useAutofill(round: number, isPaused: boolean): void {
  const { api, session } = useParley();
  const [renewals, setRenewals] = useState(0);
  useEffect(() => {
    if (isPaused) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => setRenewals((before) => before + 1), RENEW_MS);
    const offer = async (): Promise<void> => {
      if (!(await hasPasskeyAutofill()) || abort.signal.aborted) return;
      const given = await authenticate(api, CANCELLED, { isAutofill: true, signal: abort.signal });
      if (given.ok && !abort.signal.aborted) await session.acceptTokens(given.value);
    };
    offer().catch((cause: unknown) => {
      if (!abort.signal.aborted) throw cause;
    });
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [api, session, round, renewals, isPaused]);
}

function ProviderButton({ provider, invitation }: { provider: Provider; invitation: string | undefined }) {
  const { entry } = useApi();
  const { run, isBusy, problem } = useAction(
    () => entry.startProvider(provider.id, invitation === undefined ? {} : { invitation }),
    ({ url }) => location.assign(url),
  );
  return (
    <>
      <ProblemNotice problem={problem} />
      <Button className="min-h-10" disabled={isBusy} onClick={() => run()}>
        {t.provider(provider.name)}
      </Button>
    </>
  );
}
