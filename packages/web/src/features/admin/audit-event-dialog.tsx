// Decides how one event of the audit log is shown in full.
import type { AuditEvent } from '@parley/contract';
import { adminTexts } from '../../texts/en-admin.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

const t = adminTexts.audit;

function linesOf(event: AuditEvent): readonly (readonly [term: string, value: string])[] {
  const words = t.details;
  const details = Object.entries(event.details).map(([name, value]) => `${name}: ${String(value)}`);
  const all: readonly (readonly [string, string | null])[] = [
    [words.seq, event.seq === null ? t.unsealed : String(event.seq)],
    [words.at, event.at],
    [words.outcome, t.outcomes[event.outcome]],
    [words.reason, event.reason],
    [words.actorId, event.actorId ?? t.nobody],
    [words.subjectId, event.subjectId],
    [words.sessionId, event.sessionId],
    [words.keyId, event.keyId],
    [words.source, event.source],
    [words.userAgent, event.userAgent],
    [words.requestId, event.requestId],
    [words.details, details.join('\n')],
    [words.hash, event.hash ?? t.unsealed],
  ];
  return all.flatMap(([term, value]) => (value === null || value === '' ? [] : [[term, value] as const]));
}

/** Everything that was recorded; `onFilter` asks for the events of one person. */
export function AuditEventDialog({
  event,
  onFilter,
  onClose,
}: {
  event: AuditEvent;
  onFilter: (userId: string) => void;
  onClose: () => void;
}) {
  const person = event.subjectId ?? event.actorId;
  return (
    <Dialog open onClose={onClose} title={event.name}>
      <dl className="grid gap-2 text-sm">
        {linesOf(event).map(([term, value]) => (
          <div key={term} className="grid gap-x-3 sm:grid-cols-[6rem_1fr]">
            <dt className="text-soft">{term}</dt>
            <dd className="font-mono text-[0.8125rem] wrap-anywhere whitespace-pre-wrap">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 flex flex-wrap justify-end gap-3">
        {person !== null && <Button onClick={() => onFilter(person)}>{t.filterUser}</Button>}
        <CopyButton text={JSON.stringify(event, null, 2)} label={t.copyEvent} />
      </div>
    </Dialog>
  );
}
