// Decides the page behind an invitation link: what it offers, the account it makes, the room it leads to.
import { unwrap } from '@parley/client';
import type { InvitationOffer } from '@parley/contract';
import { useParley, useSession } from '@parley/react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { problemOf, useApi } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';
import { CheckMail } from './check-mail.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { linkToken } from './link-token.ts';
import { ProviderButtons } from './other-ways.tsx';
import { useConfig } from './use-config.ts';

const t = texts.identity;

/** `/join#token`. */
export function JoinPage() {
  const { state } = useSession();
  const [token] = useState(() => linkToken(location.hash));
  const [isJoining, setIsJoining] = useState(false);
  if (token === undefined)
    return (
      <AuthLayout title={t.joinTitle} lead={t.joinMissing}>
        <Link href="/" className={buttonClass('plain')}>
          {texts.app.toRooms}
        </Link>
      </AuthLayout>
    );
  if (state.name === 'signed-in' && !isJoining) return <SignedInAlready name={state.user.name} />;
  return <Offer token={token} onJoining={() => setIsJoining(true)} />;
}

function Offer({ token, onJoining }: { token: string; onJoining: () => void }) {
  const api = useApi();
  const config = useConfig();
  const offer = useQuery<InvitationOffer>({
    queryKey: ['invitation', token],
    queryFn: async ({ signal }) => unwrap(await api.lookUpInvitation({ invitation: token }, { signal })),
    staleTime: Infinity,
  });
  const [mailedTo, setMailedTo] = useState<string | undefined>(undefined);
  const join = useJoin(token, offer.data?.roomId ?? null, setMailedTo);
  if (mailedTo !== undefined) return <CheckMail email={mailedTo} />;
  return (
    <AuthLayout title={t.joinTitle} lead={offer.data === undefined ? undefined : t.joinOffer(offer.data.invitedBy)}>
      <ProblemNotice problem={problemOf(offer.error ?? config.error)} />
      {offer.error !== null && (
        <Link href="/sign-in" className={`${buttonClass('plain')} mt-6`}>
          {t.haveAccount}
        </Link>
      )}
      {(offer.isPending || config.isPending) && <Skeleton lines={4} />}
      {offer.data !== undefined && config.data !== undefined && (
        <>
          <ul className="mb-6 list-disc rounded-lg bg-tint py-3 pr-4 pl-8 text-sm">
            {offer.data.roomName !== null && <li>{t.joinRoom(offer.data.roomName)}</li>}
            {offer.data.role !== 'member' && <li>{t.roles[offer.data.role]}</li>}
            <li>{t.joinEnds(dayAndTime(offer.data.expiresAt))}</li>
          </ul>
          <CredentialsForm
            action={t.joinDo}
            passwordMinLength={config.data.passwordMinLength}
            onSubmit={(credentials) => {
              onJoining();
              return join(credentials);
            }}
          />
          <ProviderButtons providers={config.data.providers} invitation={token} />
        </>
      )}
    </AuthLayout>
  );
}

/** Registers with the invitation, then leads to its room, unless a mail has to be read first. */
function useJoin(token: string, roomId: string | null, onMailed: (email: string) => void) {
  const { session } = useParley();
  const [, navigate] = useLocation();
  return async (credentials: { email: string; name: string; password: string }) => {
    const outcome = await session.register({ ...credentials, invitation: token });
    if (outcome.ok && outcome.value.kind === 'mailed') onMailed(credentials.email.trim());
    else if (outcome.ok) navigate(roomId === null ? '/' : `/rooms/${roomId}`, { replace: true });
    return outcome;
  };
}

function SignedInAlready({ name }: { name: string }) {
  const { session } = useParley();
  return (
    <AuthLayout title={t.joinTitle} lead={t.joinSignedIn(name)}>
      <div className="flex flex-wrap gap-3">
        <Link href="/" className={buttonClass('primary')}>
          {texts.app.toRooms}
        </Link>
        <Button onClick={() => void session.signOut()}>{t.signOut}</Button>
      </div>
    </AuthLayout>
  );
}
