// Decides which part of the account stands at which address.
import type { User } from '@parley/contract';
import { accountTexts } from '../../texts/en-account.ts';
import { Notice } from '../../ui/notice.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useBrought } from '../identity/brought.ts';
import { SettingsShell } from '../shell/settings-shell.tsx';
import { ApiKeysSection } from './api-keys-section.tsx';
import { PasskeysSection } from './passkeys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import { ProvidersSection } from './providers-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TotpSection } from './totp-section.tsx';

const t = accountTexts;
const PARTS = [
  { path: '/account', title: t.parts.profile },
  { path: '/account/security', title: t.parts.security },
  { path: '/account/sessions', title: t.parts.sessions },
  { path: '/account/api-keys', title: t.parts.keys },
] as const;

/** `/account` and what is below it; an unknown part is the first one. */
export function AccountPage({ user, part }: { user: User; part: string | undefined }) {
  const path = PARTS.find((known) => known.path === `/account/${part ?? ''}`)?.path ?? '/account';
  const { problem, linked } = useBrought();
  return (
    <SettingsShell user={user} heading={t.heading} navLabel={t.nav} parts={PARTS} path={path}>
      <ProblemNotice problem={problem} />
      <Notice text={linked === undefined ? undefined : t.providers.nowLinked} />
      {path === '/account' && <ProfileSection user={user} />}
      {path === '/account/security' && (
        <>
          <PasswordSection user={user} />
          <TotpSection />
          <PasskeysSection />
          <ProvidersSection />
        </>
      )}
      {path === '/account/sessions' && <SessionsSection />}
      {path === '/account/api-keys' && <ApiKeysSection user={user} />}
    </SettingsShell>
  );
}
