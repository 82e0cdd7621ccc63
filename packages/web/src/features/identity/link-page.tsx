// Decides the pages behind mailed links that need one press: opening the link alone uses nothing up, mail scanners do that.
import type { Outcome } from '@parley/client';
import { useState } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useCountdown } from '../../ui/use-countdown.ts';
import { useApi } from '../../use-api.ts';
import { AuthLayout } from './auth-layout.tsx';
import { useLinkToken } from './use-link-token.ts';

const t = texts.identity;

/** The words of one such page. */
interface LinkPageWords {
  title: string;
  lead: string;
  action: string;
  done: string;
  doneHint: string;
}

function LinkPage({
  words,
  weight = 'primary',
  onUse,
}: {
  words: LinkPageWords;
  weight?: 'primary' | 'danger';
  onUse: (token: string) => Promise<Outcome<unknown>>;
}) {
  const token = useLinkToken();
  const [usedToken, setUsedToken] = useState<string | undefined>(undefined);
  const { run, isBusy, problem } = useAction(onUse, () => setUsedToken(token));
  const waitSeconds = useCountdown(problem);
  if (token === undefined)
    return (
      <AuthLayout title={words.title} lead={t.linkMissing}>
        <ToRooms />
      </AuthLayout>
    );
  if (usedToken === token)
    return (
      <AuthLayout title={words.done} lead={words.doneHint}>
        <ToRooms />
      </AuthLayout>
    );
  return (
    <AuthLayout title={words.title} lead={words.lead}>
      <ProblemNotice problem={problem} className="mb-4" />
      <Button weight={weight} className="w-full" disabled={isBusy || waitSeconds > 0} onClick={() => run(token)}>
        {waitSeconds > 0 ? t.retryIn(waitSeconds) : words.action}
      </Button>
    </AuthLayout>
  );
}

const ToRooms = () => (
  <Link href="/" replace className={buttonClass('primary')}>
    {texts.app.toRooms}
  </Link>
);

/** `/confirm#token`. */
export function ConfirmPage() {
  const { entry } = useApi();
  const words = { title: t.confirmTitle, lead: t.confirmLead, action: t.confirmDo, done: t.confirmDone };
  return (
    <LinkPage words={{ ...words, doneHint: t.confirmDoneHint }} onUse={(token) => entry.confirmEmail({ token })} />
  );
}

/** `/not-me#token`. */
export function NotMePage() {
  const { entry } = useApi();
  const words = { title: t.notMeTitle, lead: t.notMeLead, action: t.notMeDo, done: t.notMeDone };
  return (
    <LinkPage
      words={{ ...words, doneHint: t.notMeDoneHint }}
      weight="danger"
      onUse={(token) => entry.notMe({ token })}
    />
  );
}
