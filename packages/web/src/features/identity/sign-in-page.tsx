// Decides the page where people with an account come in.
import { useParley, useSession } from '@parley/react';
import { useState } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { AuthLayout } from './auth-layout.tsx';
import { useBrought } from './brought.ts';
import { CredentialsForm } from './credentials-form.tsx';
import { OtherWays } from './other-ways.tsx';
import { SecondFactorForm } from './second-factor-form.tsx';
import type { Wanted } from './second-factor-form.tsx';
import { useConfig } from './use-config.ts';

const t = texts.identity;
const LINK = 'justify-self-center py-1 text-sm text-accent underline underline-offset-2';

/** `/sign-in`. Being signed in leads away from here; the routes decide where to. */
export function SignInPage() {
  const { session } = useParley();
  const { state } = useSession();
  const config = useConfig();
  const brought = useBrought();
  const [wanted, setWanted] = useState<Wanted | undefined>(brought.wanted);
  const hasEnded = state.name === 'signed-out' && state.reason === 'ended';
  if (config.data?.setupRequired === true) return <AuthLayout title={t.setupNeeded} lead={t.setupNeededHint} />;
  if (wanted !== undefined)
    return (
      <AuthLayout title={t.factorTitle} lead={t.factorLead}>
        <SecondFactorForm wanted={wanted} onBack={() => setWanted(undefined)} />
      </AuthLayout>
    );
  return (
    <AuthLayout title={t.signInTitle} lead={hasEnded ? t.ended : undefined}>
      <ProblemNotice problem={brought.problem} className="mb-4" />
      <CredentialsForm
        action={t.signInDo}
        onSubmit={async ({ email, password }) => {
          const outcome = await session.signIn({ email, password });
          if (outcome.ok && outcome.value.kind === 'second-factor') setWanted(outcome.value);
          return outcome;
        }}
      >
        <Link href="/forgot" className={LINK}>
          {t.forgot}
        </Link>
        {config.data?.registration === 'open' && (
          <Link href="/register" className={LINK}>
            {t.noAccount}
          </Link>
        )}
      </CredentialsForm>
      <OtherWays providers={config.data?.providers ?? []} />
    </AuthLayout>
  );
}
