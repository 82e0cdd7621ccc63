// Decides the page where people with an account come in.
import { useParley, useSession } from '@parley/react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { AuthLayout } from './auth-layout.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { useConfig } from './use-config.ts';

const t = texts.identity;

/** `/sign-in`. Being signed in leads away from here; the routes decide where to. */
export function SignInPage() {
  const { session } = useParley();
  const { state } = useSession();
  const config = useConfig();
  const hasEnded = state.name === 'signed-out' && state.reason === 'ended';
  if (config.data?.setupRequired === true) return <AuthLayout title={t.setupNeeded} lead={t.setupNeededHint} />;
  return (
    <AuthLayout title={t.signInTitle} lead={hasEnded ? t.ended : undefined}>
      <CredentialsForm action={t.signInDo} onSubmit={({ email, password }) => session.signIn({ email, password })}>
        {config.data?.registration === 'open' && (
          <Link href="/register" className="justify-self-center py-1 text-sm text-accent underline underline-offset-2">
            {t.noAccount}
          </Link>
        )}
      </CredentialsForm>
    </AuthLayout>
  );
}
