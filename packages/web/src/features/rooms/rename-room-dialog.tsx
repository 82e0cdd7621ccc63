// Decides how a room's name and topic are changed.
import type { Room } from '@parley/contract';
import { useRooms } from '@parley/react';
import { useRef, useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';

const t = texts.rooms;

/** Offers the present name and topic for changing. */
export function RenameRoomDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const rooms = useRooms();
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic);
  const field = useRef<HTMLInputElement>(null);
  const { run, isBusy, problem } = useAction(
    () => rooms.change(room.id, { name: name.trim(), topic: topic.trim() }),
    onClose,
  );
  return (
    <Dialog open onClose={onClose} title={t.rename} initialFocus={field}>
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
        <div className="flex justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy || name.trim() === ''}>
            {t.renameDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
