// Decides the page where people make an account, where the server lets anyone do so.
import { useParley } from '@parley/react';
import { useState } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { problemOf } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';
import { CheckMail } from './check-mail.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { useConfig } from './use-config.ts';

const t = texts.identity;

/** `/register`. */
export function RegisterPage() {
  const { session } = useParley();
  const config = useConfig();
  const [mailedTo, setMailedTo] = useState<string | undefined>(undefined);
  const isOpen = config.data?.registration === 'open';
  if (mailedTo !== undefined) return <CheckMail email={mailedTo} />;
  return (
    <AuthLayout title={t.registerTitle} lead={config.data !== undefined && !isOpen ? t.registerClosed : undefined}>
      <ProblemNotice problem={problemOf(config.error)} />
      {config.isPending && <Skeleton lines={4} />}
      {config.data !== undefined && isOpen && (
        <CredentialsForm
          action={t.registerDo}
          passwordMinLength={config.data.passwordMinLength}
          onSubmit={async (credentials) => {
            const outcome = await session.register(credentials);
            if (outcome.ok && outcome.value.kind === 'mailed') setMailedTo(credentials.email.trim());
            return outcome;
          }}
        />
      )}
      <Link href="/sign-in" className="mt-4 block py-1 text-center text-sm text-accent underline underline-offset-2">
        {t.haveAccount}
      </Link>
    </AuthLayout>
  );
}
