// Decides how one message looks: its separators, its author, its text, and where it stands on its way.
import { Check, Clock3, Trash2 } from 'lucide-react';
import { memo } from 'react';
import { texts } from '../../texts/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { dayHeadingNow, fullTime, shortTimeOfDay, timeOfDay } from '../../ui/dates.ts';
import { FailedNotice } from './failed-notice.tsx';
import { MessageActions } from './message-actions.tsx';
import { MessageEditor } from './message-editor.tsx';
import { MessageText } from './message-text.tsx';
import type { RowContext } from './row-context.ts';
import type { ShownMessage } from './shown-message.ts';
import type { TimelineRow } from './timeline-rows.ts';

const t = texts.messages;

/** One row of the log, with the separators above it. */
export const MessageRow = memo(function MessageRow({
  row,
  context,
  isActive,
}: {
  row: TimelineRow;
  context: RowContext;
  isActive: boolean;
}) {
  const { message } = row;
  return (
    <>
      {row.day !== undefined && <DaySeparator day={row.day} />}
      {row.isFirstNew && <NewDivider />}
      <article
        aria-label={t.row(
          message.author.name,
          message.isDeleted ? t.deleted : message.text,
          timeOfDay(message.createdAt),
        )}
        data-message-key={message.key}
        data-message-id={message.id}
        data-client-message-id={message.clientMessageId}
        data-seq={message.seq}
        data-state={message.delivery.state}
        tabIndex={isActive ? 0 : -1}
        className={`group relative mx-1 flex gap-3 rounded-lg px-3 py-0.5 hover:bg-panel focus-within:bg-panel focus-visible:-outline-offset-2 sm:mx-2 ${row.startsGroup ? 'mt-2.5' : ''}`}
      >
        <Gutter row={row} />
        <div className="min-w-0 flex-1">
          {row.startsGroup && (
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-bold wrap-anywhere">{message.author.name}</span>
              <Time time={message.createdAt} className="text-xs text-soft" />
            </p>
          )}
          <Body message={message} context={context} />
        </div>
        <MessageActions message={message} context={context} isActive={isActive} />
      </article>
    </>
  );
});

function Gutter({ row }: { row: TimelineRow }) {
  const { message, startsGroup } = row;
  if (startsGroup)
    return <Avatar id={message.author.id} name={message.author.name} className="mt-0.5 size-9 text-[0.8125rem]" />;
  return (
    <span className="w-9 shrink-0 pt-[0.2rem] text-center text-[0.6875rem] text-soft opacity-0 group-hover:opacity-100 group-focus-within:opacity-100">
      <time dateTime={message.createdAt} title={fullTime(message.createdAt)} className="whitespace-nowrap">
        {shortTimeOfDay(message.createdAt)}
      </time>
    </span>
  );
}

function Time({ time, className }: { time: string; className: string }) {
  return (
    <time dateTime={time} title={fullTime(time)} className={className}>
      {timeOfDay(time)}
    </time>
  );
}

function Body({ message, context }: { message: ShownMessage; context: RowContext }) {
  if (message.isDeleted)
    return (
      <p className="flex items-center gap-1.5 text-soft italic">
        <Trash2 aria-hidden size={14} />
        {t.deleted}
      </p>
    );
  if (context.editingKey === message.key)
    return <MessageEditor message={message} actions={context.actions} onEnd={() => context.onEdit(undefined)} />;
  return (
    <>
      <div className="flex items-end gap-2">
        <div className={`min-w-0 flex-1 ${message.delivery.state === 'pending' ? 'opacity-75' : ''}`}>
          <MessageText text={message.text} />
        </div>
        {message.author.id === context.selfId && <Tick message={message} />}
      </div>
      {message.isEdited && <span className="text-xs text-soft">({t.edited})</span>}
      {message.delivery.state === 'failed' && (
        <FailedNotice
          clientMessageId={message.clientMessageId}
          reason={message.delivery.reason}
          actions={context.actions}
        />
      )}
    </>
  );
}

function Tick({ message }: { message: ShownMessage }) {
  const { state } = message.delivery;
  if (state === 'failed') return null;
  const Icon = state === 'pending' ? Clock3 : Check;
  const label = state === 'pending' ? t.sending : t.sent;
  return (
    <span title={label} className="mb-1 shrink-0 text-soft">
      <Icon aria-hidden size={14} className={state === 'sent' ? 'text-accent' : ''} />
      <span className="sr-only">{label}</span>
    </span>
  );
}

function DaySeparator({ day }: { day: string }) {
  return (
    <div className="flex items-center gap-3 px-4 pt-5 pb-1 sm:px-5">
      <span className="h-px flex-1 bg-line" />
      <h2 className="text-xs font-bold text-soft">{dayHeadingNow(day)}</h2>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function NewDivider() {
  return (
    <div className="flex items-center gap-3 px-4 pt-3 pb-1 text-danger sm:px-5" data-divider="new">
      <span className="h-px flex-1 bg-danger" />
      <span className="text-xs font-bold">{t.fresh}</span>
    </div>
  );
}
