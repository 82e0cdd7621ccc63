// Decides how people who are on the server already are put into a room.
import type { Room, UserSummary } from '@parley/contract';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { useAction } from '../../ui/use-action.ts';
import { problemOf, useApi } from '../../use-api.ts';
import { useDirectory } from './use-directory.ts';

const t = texts.members;

/** A search over the people who are not in the room yet; `onAdded` is called after each one who was added. */
export function AddPeople({
  room,
  memberIds,
  onAdded,
}: {
  room: Room;
  memberIds: ReadonlySet<string>;
  onAdded: () => void;
}) {
  const [filter, setFilter] = useState('');
  const { pages, people } = useDirectory();
  const wanted = filter.trim().toLocaleLowerCase('en');
  const found = people?.filter(({ id, name }) => !memberIds.has(id) && name.toLocaleLowerCase('en').includes(wanted));
  return (
    <section aria-label={t.add} className="mb-4 rounded-lg border border-line bg-panel p-3">
      <TextField
        label={t.addFilter}
        hint={t.addHint}
        autoFocus
        autoComplete="off"
        maxLength={80}
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <ProblemNotice problem={problemOf(pages.error)} className="mt-2" />
      {found?.length === 0 && !pages.hasNextPage && <p className="mt-2 text-sm text-soft">{t.addNobody}</p>}
      <ul className="mt-2 max-h-48 overflow-y-auto">
        {found?.map((person) => (
          <Candidate key={person.id} room={room} person={person} onAdded={onAdded} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button className="mt-2" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </section>
  );
}

function Candidate({ room, person, onAdded }: { room: Room; person: UserSummary; onAdded: () => void }) {
  const api = useApi();
  const { run, isBusy, problem } = useAction(() => api.addMember({ roomId: room.id, userId: person.id }, {}), onAdded);
  return (
    <li>
      <div className="flex min-h-10 items-center gap-2">
        <span className="min-w-0 flex-1 truncate">{person.name}</span>
        <IconButton label={t.addPerson(person.name)} disabled={isBusy} onClick={() => run()}>
          <UserPlus aria-hidden size={17} />
        </IconButton>
      </div>
      <ProblemNotice problem={problem} className="mb-2" />
    </li>
  );
}
