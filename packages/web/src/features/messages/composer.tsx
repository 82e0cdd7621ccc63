// Decides how a message is written: Enter sends, Shift+Enter breaks the line, the draft survives a reload.
import type { ParleyProblem } from '@parley/client';
import { SendHorizontal } from 'lucide-react';
import { useState } from 'react';
import type { KeyboardEvent, RefObject } from 'react';
import { texts } from '../../texts/en.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import type { Drafts } from './drafts.ts';
import { MAX_MESSAGE_LENGTH } from './message-length.ts';
import type { RoomActions } from './room-actions.ts';

const t = texts.messages;

/** What the composer tells its room. `onEditLast` answers ↑ in the empty field; `onSent` follows each sending. */
export type ComposerEvents = {
  onKeystroke: () => void;
  onStop: () => void;
  onEditLast: () => void;
  onSent: () => void;
};

/** The field for a new message. It never waits for the network; give it `key={roomId}` so that drafts do not mix. */
export function Composer({
  room,
  drafts,
  send,
  events,
  field,
}: {
  room: { id: string; name: string };
  drafts: Drafts;
  send: RoomActions['send'];
  events: ComposerEvents;
  field: RefObject<HTMLTextAreaElement | null>;
}) {
  const [text, setText] = useState(() => drafts.read(room.id));
  const [problem, setProblem] = useState<ParleyProblem | undefined>(undefined);
  const over = text.trim().length - MAX_MESSAGE_LENGTH;
  const maySend = text.trim() !== '' && over <= 0;

  const change = (next: string): void => {
    setText(next);
    drafts.write(room.id, next);
    if (next.trim() === '') events.onStop();
    else events.onKeystroke();
  };
  const submit = (): void => {
    if (!maySend) return;
    const outcome = send(text.trim());
    setProblem(outcome.ok ? undefined : outcome.problem);
    // Not even queued: the words stay where they are.
    if (!outcome.ok) return;
    change('');
    events.onSent();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault();
      events.onEditLast();
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      className="px-3 sm:px-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <ProblemNotice problem={problem} className="mb-2" />
      <div className="flex items-end gap-1 rounded-xl border border-edge bg-raised p-1 focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={t.composer(room.name)}
          aria-describedby="composer-hint"
          placeholder={t.composer(room.name)}
          className="max-h-48 min-h-9 min-w-0 flex-1 resize-none field-sizing-content bg-transparent px-2.5 py-1.5 outline-none placeholder:text-soft"
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={events.onStop}
        />
        <SendButton isDisabled={!maySend} />
      </div>
      <p id="composer-hint" className={over > 0 ? 'px-1 text-sm font-medium text-danger' : 'sr-only'}>
        {over > 0 ? t.tooLong(over) : t.sendHint}
      </p>
    </form>
  );
}

function SendButton({ isDisabled }: { isDisabled: boolean }) {
  return (
    <button
      type="submit"
      aria-label={t.send}
      title={t.send}
      disabled={isDisabled}
      className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg bg-accent text-on-accent transition-[filter] hover:brightness-110 disabled:bg-transparent disabled:text-soft hc:border"
    >
      <SendHorizontal aria-hidden size={18} />
    </button>
  );
}
