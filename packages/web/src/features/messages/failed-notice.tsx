// Decides how a message that was not sent is told, and the two ways out of it.
import { RotateCcw, TriangleAlert, X } from 'lucide-react';
import { texts } from '../../texts/en.ts';
import type { RoomActions } from './room-actions.ts';
import type { SendFailure } from '@parley/client';

const t = texts.messages;
const LINK = 'inline-flex min-h-6 items-center gap-1 rounded px-1.5 font-semibold underline-offset-2 hover:underline';

/** Why a message was not sent, with Retry and Discard. */
export function FailedNotice({
  clientMessageId,
  reason,
  actions,
}: {
  clientMessageId: string;
  reason: SendFailure;
  actions: RoomActions;
}) {
  return (
    <div className="mt-1 mb-1 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-md bg-danger-tint px-2 py-1 text-sm">
      <TriangleAlert aria-hidden size={15} className="text-danger" />
      <span>{t.failedWhy(reason.title)}</span>
      {reason.requestId !== undefined && (
        <span className="text-xs break-all text-soft">{texts.problem.request(reason.requestId)}</span>
      )}
      <span className="flex gap-1">
        <button type="button" className={LINK} onClick={() => actions.retry(clientMessageId)}>
          <RotateCcw aria-hidden size={14} />
          {t.retry}
        </button>
        <button type="button" className={LINK} onClick={() => actions.discard(clientMessageId)}>
          <X aria-hidden size={14} />
          {t.discard}
        </button>
      </span>
    </div>
  );
}
