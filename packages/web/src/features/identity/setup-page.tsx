// Decides the page behind the one-time link of the terminal: it makes the first administrator.
import { useParley } from '@parley/react';
import { Link, useLocation } from 'wouter';
import { texts } from '../../texts/en.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/delayed.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { problemOf } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { linkToken } from './link-token.ts';
import { useConfig } from './use-config.ts';

const t = texts.identity;

/** `/setup#token`. The fragment stays until the account is made, so that a reload does not lose it. */
export function SetupPage() {
  const { session } = useParley();
  const config = useConfig();
  const [, navigate] = useLocation();
  const token = linkToken(location.hash);
  if (config.data?.setupRequired === false) return <SetupDone />;
  return (
    <AuthLayout title={t.setupTitle} lead={token === undefined ? t.setupMissing : t.setupLead}>
      <ProblemNotice problem={problemOf(config.error)} />
      {config.isPending && <Skeleton lines={4} />}
      {config.data !== undefined && token !== undefined && (
        <CredentialsForm
          action={t.setupDo}
          passwordMinLength={config.data.passwordMinLength}
          onSubmit={async (credentials) => {
            const outcome = await session.setUp({ ...credentials, token });
            if (outcome.ok) navigate('/', { replace: true });
            return outcome;
          }}
        />
      )}
    </AuthLayout>
  );
}

function SetupDone() {
  return (
    <AuthLayout title={t.setupTitle} lead={t.setupDone}>
      <Link href="/" replace className={buttonClass('primary')}>
        {texts.app.toRooms}
      </Link>
    </AuthLayout>
  );
}
