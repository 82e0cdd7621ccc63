// Decides how a room is made.
import type { Room } from '@parley/contract';
import { useRooms } from '@parley/react';
import { useRef, useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ChoiceField, TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';

const t = texts.rooms;
const VISIBILITIES = [
  { value: 'public', text: t.visiblePublic, hint: t.visiblePublicHint },
  { value: 'private', text: t.visiblePrivate, hint: t.visiblePrivateHint },
] as const;

/** Asks for name, topic and visibility; `onCreated` is called with the new room. */
export function CreateRoomDialog({ onCreated, onClose }: { onCreated: (room: Room) => void; onClose: () => void }) {
  const rooms = useRooms();
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [visibility, setVisibility] = useState<'public' | 'private'>('public');
  const field = useRef<HTMLInputElement>(null);
  const { run, isBusy, problem } = useAction(
    () => rooms.create({ name: name.trim(), topic: topic.trim(), isPrivate: visibility === 'private' }),
    onCreated,
  );
  return (
    <Dialog open onClose={onClose} title={t.create} lead={t.createHint} initialFocus={field}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') run();
        }}
      >
        <ProblemNotice problem={problem} />
        <TextField
          ref={field}
          label={t.name}
          dir="auto"
          autoComplete="off"
          maxLength={80}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={t.topic}
          hint={t.topicHint}
          dir="auto"
          autoComplete="off"
          maxLength={500}
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
        <ChoiceField label={t.visibility} value={visibility} options={VISIBILITIES} onChange={setVisibility} />
        <div className="flex justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy || name.trim() === ''}>
            {t.createDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
