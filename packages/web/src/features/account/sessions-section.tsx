// Decides how the devices that are signed in are listed and ended.
import type { Session } from '@parley/contract';
import { useState } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Badge, Row, Rows, Section } from '../../ui/section.tsx';
import { useApi } from '../../use-api.ts';
import { useReload, useSessions } from './account-queries.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.sessions;

/** The device in words: what the server made of the software, or that it does not know. */
const deviceOf = (session: Session): string => (session.device === '' ? t.unknownDevice : session.device);

/** How the session was opened, in words; unknown ways stay as they are. */
function methodsOf(methods: readonly string[]): string {
  const words: Readonly<Record<string, string>> = t.methods;
  return methods.map((method) => words[method] ?? method).join(' + ');
}

type Ending = { kind: 'one'; session: Session } | { kind: 'others' };

/** Every active session, with the present one marked. */
export function SessionsSection() {
  const sessions = useSessions();
  const [ending, setEnding] = useState<Ending | undefined>(undefined);
  const list = sessions.data?.data;
  const hasOthers = list?.some((session) => !session.isCurrent) === true;
  return (
    <Section
      title={t.title}
      lead={t.lead}
      aside={hasOthers && <Button onClick={() => setEnding({ kind: 'others' })}>{t.endOthers}</Button>}
    >
      <RetryNotice query={sessions} className="mb-3" />
      {sessions.isPending && <Skeleton lines={4} />}
      {list !== undefined && (
        <Rows label={t.title}>
          {list.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={() => setEnding({ kind: 'one', session })} />
          ))}
        </Rows>
      )}
      {list !== undefined && !hasOthers && <p className="mt-3 text-sm text-soft">{t.alone}</p>}
      {ending !== undefined && <EndDialog ending={ending} onClose={() => setEnding(undefined)} />}
    </Section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const used = dayAndTime(session.lastUsedAt);
  const facts = [t.kinds[session.client], session.source, methodsOf(session.methods)];
  return (
    <Row
      title={
        <>
          {deviceOf(session)} {session.isCurrent && <Badge>{t.current}</Badge>}
        </>
      }
      actions={
        !session.isCurrent && (
          <Button aria-label={t.endOne(deviceOf(session), used)} onClick={onEnd}>
            {t.end}
          </Button>
        )
      }
    >
      <p>{facts.filter((fact) => fact !== '').join(' · ')}</p>
      <p>
        {t.used(used)} · {t.created(dayAndTime(session.createdAt))}
      </p>
    </Row>
  );
}

function EndDialog({ ending, onClose }: { ending: Ending; onClose: () => void }) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  const isOne = ending.kind === 'one';
  return (
    <ConfirmDialog
      title={isOne ? t.endAsk(deviceOf(ending.session)) : t.endOthersAsk}
      lead={isOne ? t.endLead : t.endOthersLead}
      action={isOne ? t.end : t.endOthers}
      onConfirm={async () => {
        const outcome = await prove<unknown>(() =>
          isOne ? account.endSession(ending.session.id) : account.endOtherSessions(),
        );
        await reload('sessions');
        return outcome;
      }}
      onClose={onClose}
    >
      {prompt}
    </ConfirmDialog>
  );
}
