// Decides how one's own message is changed in its place: Enter saves, Esc cancels, the words stay until accepted.
import { useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { inputClass } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { MAX_MESSAGE_LENGTH } from './message-length.ts';
import type { RoomActions } from './room-actions.ts';
import type { ShownMessage } from './shown-message.ts';

const t = texts.messages;

/** The editor in the place of the message. An unchanged or empty text changes nothing. */
export function MessageEditor({
  message,
  actions,
  onEnd,
}: {
  message: ShownMessage;
  actions: RoomActions;
  onEnd: () => void;
}) {
  const [text, setText] = useState(message.text);
  const field = useRef<HTMLTextAreaElement>(null);
  const { run, isBusy, problem } = useAction((next: string) => actions.edit(message.id ?? '', next), onEnd);
  const save = (): void => {
    const next = text.trim();
    if (next === '' || next === message.text) onEnd();
    else run(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === 'Escape') onEnd();
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    save();
  };
  return (
    <div className="my-1">
      <textarea
        ref={field}
        aria-label={t.editField}
        autoFocus
        dir="auto"
        maxLength={MAX_MESSAGE_LENGTH}
        className={`${inputClass} block max-h-60 field-sizing-content resize-none`}
        value={text}
        onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <ProblemNotice problem={problem} className="mt-2" />
      <div className="mt-1.5 flex items-center gap-2">
        <Button weight="primary" disabled={isBusy} onClick={save}>
          {t.save}
        </Button>
        <Button onClick={onEnd}>{texts.shell.cancel}</Button>
        <span className="text-xs text-soft">{t.editHint}</span>
      </div>
    </div>
  );
}
